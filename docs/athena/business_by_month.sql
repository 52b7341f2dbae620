-- How did the business develop from month to month?
-- A month consists of UTC days. active_users is the number of users who changed a task, net_new_users the
-- number of registrations minus the number of deleted accounts.
SELECT
  SUBSTR(dt, 1, 7) AS month,
  COUNT(DISTINCT CASE WHEN changes > 0 THEN user_id END) AS active_users,
  CAST(SUM(account_delta) AS BIGINT) AS net_new_users,
  CAST(SUM(tasks_created) AS BIGINT) AS tasks_created,
  CAST(SUM(tasks_completed) AS BIGINT) AS tasks_completed,
  CAST(SUM(cycle_seconds_sum) AS DOUBLE) / NULLIF(SUM(tasks_completed), 0) / 3600 AS avg_cycle_hours,
  CAST(SUM(completed_on_time) AS DOUBLE)
    / NULLIF(SUM(completed_on_time + completed_late), 0) AS on_time_rate
FROM user_activity
GROUP BY 1
ORDER BY month
