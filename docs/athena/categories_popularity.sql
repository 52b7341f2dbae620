-- In which categories do users create tasks?
-- Parameter: 30, the number of UTC days, today included. (none) means: no category.
SELECT
  COALESCE(category_after, '(none)') AS category,
  COUNT(*) AS tasks_created,
  COUNT(DISTINCT user_id) AS users,
  CAST(COUNT(*) AS DOUBLE) / SUM(COUNT(*)) OVER () AS share
FROM silver_task_changes
WHERE op = 'created' AND CAST(dt AS DATE) > DATE_ADD('day', -30, CURRENT_DATE)
GROUP BY 1
ORDER BY tasks_created DESC, category
