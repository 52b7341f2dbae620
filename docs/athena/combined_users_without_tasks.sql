-- Which registered users have no task now, and have they ever created one?
SELECT
  users.user_id,
  users.registered_at,
  DATE_DIFF('day', CAST(users.registered_at AS DATE), CURRENT_DATE) AS days_since_registration,
  COALESCE(metrics.tasks_created, 0) AS tasks_created
FROM user_analytics AS users
LEFT JOIN task_analytics_user_metrics AS metrics ON metrics.user_id = users.user_id
WHERE users.live_tasks = 0
ORDER BY users.registered_at, users.user_id
