-- One row per UTC day with a change: active users, net_new_users (registrations minus deleted accounts), events of
-- tasks, avg_cycle_hours and on_time_rate of the completions of the day (NULL without completions). total_users,
-- live_tasks and completion_rate (the share of live_tasks that are completed) are levels at the end of the day.
SELECT
  dt,
  active_users,
  net_new_users,
  tasks_created,
  tasks_completed,
  tasks_reopened,
  tasks_deleted,
  avg_cycle_hours,
  on_time_rate,
  CAST(SUM(net_new_users) OVER (ORDER BY dt) AS BIGINT) AS total_users,
  CAST(SUM(live_delta) OVER (ORDER BY dt) AS BIGINT) AS live_tasks,
  CAST(SUM(completed_delta) OVER (ORDER BY dt) AS DOUBLE)
    / NULLIF(SUM(live_delta) OVER (ORDER BY dt), 0) AS completion_rate
FROM (
  SELECT
    dt,
    COUNT(DISTINCT CASE WHEN changes > 0 THEN user_id END) AS active_users,
    CAST(SUM(account_delta) AS BIGINT) AS net_new_users,
    CAST(SUM(tasks_created) AS BIGINT) AS tasks_created,
    CAST(SUM(tasks_completed) AS BIGINT) AS tasks_completed,
    CAST(SUM(tasks_reopened) AS BIGINT) AS tasks_reopened,
    CAST(SUM(tasks_deleted) AS BIGINT) AS tasks_deleted,
    CAST(SUM(cycle_seconds_sum) AS DOUBLE) / NULLIF(SUM(tasks_completed), 0) / 3600 AS avg_cycle_hours,
    CAST(SUM(completed_on_time) AS DOUBLE)
      / NULLIF(SUM(completed_on_time + completed_late), 0) AS on_time_rate,
    SUM(pending_delta + in_progress_delta + completed_delta + cancelled_delta) AS live_delta,
    SUM(completed_delta) AS completed_delta
  FROM user_activity
  GROUP BY dt
) AS days
