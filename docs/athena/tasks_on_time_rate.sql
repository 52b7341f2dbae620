-- What share of the completions of each week met the due date?
-- A week is named by its Monday (UTC). On time is judged in the time zone of the user; completions of tasks
-- without a due date do not count in the rate.
SELECT
  CAST(DATE_TRUNC('week', CAST(dt AS DATE)) AS DATE) AS week,
  CAST(SUM(completed_on_time) AS BIGINT) AS on_time,
  CAST(SUM(completed_late) AS BIGINT) AS late,
  CAST(SUM(tasks_completed - completed_on_time - completed_late) AS BIGINT) AS without_due_date,
  CAST(SUM(completed_on_time) AS DOUBLE)
    / NULLIF(SUM(completed_on_time + completed_late), 0) AS on_time_rate
FROM user_activity
GROUP BY 1
ORDER BY week
