-- What are the key ratios of the business now?
-- Shares from 0 to 1: completion_rate of live tasks, on_time_rate of completions with a due date,
-- reopened_share of completions, deleted_share of created tasks, active_share_7d of registered users.
-- avg_tasks_per_user is the average number of live tasks of a user.
SELECT
  MAX(CASE WHEN metric = 'completion_rate' THEN value END) AS completion_rate,
  MAX(CASE WHEN metric = 'on_time_rate' THEN value END) AS on_time_rate,
  MAX(activity.reopened) / NULLIF(MAX(activity.completed), 0) AS reopened_share,
  MAX(activity.deleted) / NULLIF(MAX(activity.created), 0) AS deleted_share,
  MAX(CASE WHEN metric = 'active_users_7d' THEN value END)
    / NULLIF(MAX(CASE WHEN metric = 'total_users' THEN value END), 0) AS active_share_7d,
  MAX(CASE WHEN metric = 'avg_tasks_per_user' THEN value END) AS avg_tasks_per_user
FROM business_metrics_kpis
CROSS JOIN (
  SELECT
    CAST(SUM(tasks_created) AS DOUBLE) AS created,
    CAST(SUM(tasks_completed) AS DOUBLE) AS completed,
    CAST(SUM(tasks_reopened) AS DOUBLE) AS reopened,
    CAST(SUM(tasks_deleted) AS DOUBLE) AS deleted
  FROM user_activity
) AS activity
