-- One row per registered user. live_tasks counts the tasks that exist now, in any status.
SELECT
  user_id,
  MIN(first_change_at) AS registered_at,
  COUNT(DISTINCT CASE WHEN changes > 0 THEN local_date END) AS active_days,
  CAST(SUM(changes) AS BIGINT) AS changes,
  CAST(SUM(pending_delta + in_progress_delta + completed_delta + cancelled_delta) AS BIGINT) AS live_tasks,
  CAST(SUM(completed_delta) AS DOUBLE)
    / NULLIF(SUM(pending_delta + in_progress_delta + completed_delta + cancelled_delta), 0) AS completion_rate,
  MAX(last_change_at) AS last_change_at
FROM user_activity
GROUP BY user_id
HAVING SUM(account_delta) > 0
