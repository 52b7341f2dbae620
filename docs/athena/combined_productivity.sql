-- How productive is each registered user: completions for each active day, speed and punctuality?
-- median_cycle_hours is the median time from the creation of a task to its completion.
SELECT
  users.user_id,
  users.active_days,
  metrics.tasks_completed,
  CAST(metrics.tasks_completed AS DOUBLE) / NULLIF(users.active_days, 0) AS completions_per_active_day,
  metrics.completion_rate,
  cycles.median_cycle_hours,
  metrics.on_time_rate
FROM user_analytics AS users
INNER JOIN task_analytics_user_metrics AS metrics ON metrics.user_id = users.user_id
LEFT JOIN user_cycle_times AS cycles ON cycles.user_id = users.user_id
ORDER BY completions_per_active_day DESC, users.user_id
