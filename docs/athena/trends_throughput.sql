-- How many tasks are created and completed each day, and does the number of open tasks grow?
-- Parameter: -13, the first day relative to today (UTC). completed_7d is the number of
-- completions of the seven days up to this day.
WITH activity AS (
  SELECT
    CAST(dt AS DATE) AS day,
    SUM(tasks_created) AS tasks_created,
    SUM(tasks_completed) AS tasks_completed,
    SUM(pending_delta + in_progress_delta) AS open_delta
  FROM user_activity
  GROUP BY dt
),
days AS (
  SELECT day
  FROM (SELECT MIN(day) AS first_day FROM activity) AS range
  CROSS JOIN UNNEST(SEQUENCE(first_day, CURRENT_DATE, INTERVAL '1' DAY)) AS calendar (day)
)
SELECT day, tasks_created, tasks_completed, completed_7d, open_tasks
FROM (
  SELECT
    days.day,
    CAST(COALESCE(tasks_created, 0) AS BIGINT) AS tasks_created,
    CAST(COALESCE(tasks_completed, 0) AS BIGINT) AS tasks_completed,
    CAST(
      SUM(COALESCE(tasks_completed, 0)) OVER (ORDER BY days.day ROWS BETWEEN 6 PRECEDING AND CURRENT ROW)
      AS BIGINT
    ) AS completed_7d,
    CAST(SUM(COALESCE(open_delta, 0)) OVER (ORDER BY days.day) AS BIGINT) AS open_tasks
  FROM days
  LEFT JOIN activity ON activity.day = days.day
) AS all_days
WHERE day >= DATE_ADD('day', -13, CURRENT_DATE)
ORDER BY day
