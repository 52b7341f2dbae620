-- Do users come back in their second week, by the category of the first task that they created?
-- The second week consists of the days 7 to 13 after the day of the first task (UTC). Users whose second week
-- is not over are left out. An erased user counts under (none).
WITH first_tasks AS (
  SELECT user_id, COALESCE(category_after, '(none)') AS category, CAST(dt AS DATE) AS first_day
  FROM (
    SELECT
      user_id,
      category_after,
      dt,
      ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY at, change_id) AS place
    FROM silver_task_changes
    WHERE op = 'created'
  ) AS created
  WHERE place = 1
),
returned AS (
  SELECT DISTINCT activity.user_id
  FROM user_activity AS activity
  INNER JOIN first_tasks ON first_tasks.user_id = activity.user_id
  WHERE activity.changes > 0
    AND DATE_DIFF('day', first_tasks.first_day, CAST(activity.dt AS DATE)) BETWEEN 7 AND 13
)
SELECT
  first_tasks.category AS first_category,
  COUNT(*) AS users,
  COUNT(returned.user_id) AS returned_users,
  CAST(COUNT(returned.user_id) AS DOUBLE) / COUNT(*) AS retention
FROM first_tasks
LEFT JOIN returned ON returned.user_id = first_tasks.user_id
WHERE DATE_ADD('day', 13, first_tasks.first_day) < CURRENT_DATE
GROUP BY first_tasks.category
ORDER BY users DESC, first_category
