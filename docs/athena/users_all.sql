-- Which users are registered, and what has each of them done?
SELECT user_id, registered_at, active_days, changes, live_tasks, completion_rate, last_change_at
FROM user_analytics
ORDER BY registered_at, user_id
