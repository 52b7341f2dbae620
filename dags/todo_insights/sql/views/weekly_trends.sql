-- One row per week with a change, named by its Monday (UTC): active users, net_new_users, events of tasks,
-- avg_cycle_hours and on_time_rate of the completions of the week (NULL without completions), and, for comparison,
-- the active users and completions of the week before (NULL in the first week of the lake).
SELECT
  week,
  active_users,
  net_new_users,
  tasks_created,
  tasks_completed,
  tasks_reopened,
  tasks_deleted,
  avg_cycle_hours,
  on_time_rate,
  CASE
    WHEN LAG(week) OVER (ORDER BY week) = DATE_ADD('day', -7, week)
    THEN LAG(active_users) OVER (ORDER BY week)
    WHEN LAG(week) OVER (ORDER BY week) IS NOT NULL THEN 0
  END AS active_users_before,
  CASE
    WHEN LAG(week) OVER (ORDER BY week) = DATE_ADD('day', -7, week)
    THEN LAG(tasks_completed) OVER (ORDER BY week)
    WHEN LAG(week) OVER (ORDER BY week) IS NOT NULL THEN 0
  END AS tasks_completed_before
FROM (
  SELECT
    CAST(DATE_TRUNC('week', CAST(dt AS DATE)) AS DATE) AS week,
    COUNT(DISTINCT CASE WHEN changes > 0 THEN user_id END) AS active_users,
    CAST(SUM(account_delta) AS BIGINT) AS net_new_users,
    CAST(SUM(tasks_created) AS BIGINT) AS tasks_created,
    CAST(SUM(tasks_completed) AS BIGINT) AS tasks_completed,
    CAST(SUM(tasks_reopened) AS BIGINT) AS tasks_reopened,
    CAST(SUM(tasks_deleted) AS BIGINT) AS tasks_deleted,
    CAST(SUM(cycle_seconds_sum) AS DOUBLE) / NULLIF(SUM(tasks_completed), 0) / 3600 AS avg_cycle_hours,
    CAST(SUM(completed_on_time) AS DOUBLE)
      / NULLIF(SUM(completed_on_time + completed_late), 0) AS on_time_rate
  FROM user_activity
  GROUP BY 1
) AS weeks
