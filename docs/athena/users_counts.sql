-- How many users are registered, active, have tasks, and have deleted their account?
-- An active user changed a task in the last 7 or 30 UTC days, today included.
SELECT
  COUNT(CASE WHEN accounts > 0 THEN 1 END) AS registered_users,
  COUNT(CASE WHEN accounts > 0 AND last_day > DATE_ADD('day', -7, CURRENT_DATE) THEN 1 END)
    AS active_users_7d,
  COUNT(CASE WHEN accounts > 0 AND last_day > DATE_ADD('day', -30, CURRENT_DATE) THEN 1 END)
    AS active_users_30d,
  COUNT(CASE WHEN accounts > 0 AND live_tasks > 0 THEN 1 END) AS users_with_tasks,
  COUNT(CASE WHEN accounts <= 0 THEN 1 END) AS deleted_users
FROM (
  SELECT
    user_id,
    SUM(account_delta) AS accounts,
    SUM(pending_delta + in_progress_delta + completed_delta + cancelled_delta) AS live_tasks,
    MAX(CASE WHEN changes > 0 THEN CAST(dt AS DATE) END) AS last_day
  FROM user_activity
  GROUP BY user_id
) AS users
