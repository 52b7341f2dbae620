-- The nine key figures of the business, one per row. Rates are shares from 0 to 1; they are NULL if the divisor is 0.
-- rejected_changes is the number of changes that the other figures do not include. If it is not 0, a level such as
-- completed_tasks can be too low or even negative, because only the later changes of a task are counted.
WITH deleted AS (
  SELECT DISTINCT user_id
  FROM silver_user_changes
  WHERE op = 'deleted' AND CAST(dt AS DATE) > DATE_ADD('day', -7, CURRENT_DATE)
),
totals AS (
  SELECT
    CAST(COALESCE(SUM(account_delta), 0) AS DOUBLE) AS users,
    CAST(COALESCE(SUM(pending_delta + in_progress_delta + completed_delta + cancelled_delta), 0) AS DOUBLE)
      AS tasks,
    CAST(COALESCE(SUM(completed_delta), 0) AS DOUBLE) AS completed,
    CAST(SUM(cycle_seconds_sum) AS DOUBLE) AS cycle_seconds,
    CAST(SUM(tasks_completed) AS DOUBLE) AS completions,
    CAST(SUM(completed_on_time) AS DOUBLE) AS on_time,
    CAST(SUM(completed_on_time + completed_late) AS DOUBLE) AS due,
    CAST(
      COUNT(
        DISTINCT CASE
          WHEN changes > 0 AND deleted.user_id IS NULL AND CAST(dt AS DATE) > DATE_ADD('day', -7, CURRENT_DATE)
          THEN user_activity.user_id
        END
      ) AS DOUBLE
    ) AS active
  FROM user_activity
  LEFT JOIN deleted ON deleted.user_id = user_activity.user_id
),
rejected AS (
  SELECT CAST(COUNT(*) AS DOUBLE) AS changes FROM silver_rejects
)
SELECT 'total_users' AS metric, users AS value FROM totals
UNION ALL
SELECT 'active_users_7d', active FROM totals
UNION ALL
SELECT 'total_tasks', tasks FROM totals
UNION ALL
SELECT 'completed_tasks', completed FROM totals
UNION ALL
SELECT 'completion_rate', completed / NULLIF(tasks, 0) FROM totals
UNION ALL
SELECT 'avg_tasks_per_user', tasks / NULLIF(users, 0) FROM totals
UNION ALL
SELECT 'avg_cycle_hours', cycle_seconds / NULLIF(completions, 0) / 3600 FROM totals
UNION ALL
SELECT 'on_time_rate', on_time / NULLIF(due, 0) FROM totals
UNION ALL
SELECT 'rejected_changes', changes FROM rejected
