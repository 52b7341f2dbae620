-- One row per user who ever changed a task. total_tasks are the live tasks of any status. completion_rate is the
-- share of these tasks that are completed, so a cancelled task lowers the rate. A task that is completed twice counts
-- twice in tasks_completed.
SELECT
  user_id,
  CAST(SUM(pending_delta) AS BIGINT) AS pending_tasks,
  CAST(SUM(in_progress_delta) AS BIGINT) AS in_progress_tasks,
  CAST(SUM(completed_delta) AS BIGINT) AS completed_tasks,
  CAST(SUM(cancelled_delta) AS BIGINT) AS cancelled_tasks,
  CAST(SUM(pending_delta + in_progress_delta + completed_delta + cancelled_delta) AS BIGINT) AS total_tasks,
  CAST(SUM(tasks_created) AS BIGINT) AS tasks_created,
  CAST(SUM(tasks_completed) AS BIGINT) AS tasks_completed,
  CAST(SUM(tasks_reopened) AS BIGINT) AS tasks_reopened,
  CAST(SUM(tasks_deleted) AS BIGINT) AS tasks_deleted,
  CAST(SUM(completed_delta) AS DOUBLE)
    / NULLIF(SUM(pending_delta + in_progress_delta + completed_delta + cancelled_delta), 0) AS completion_rate,
  CAST(SUM(cycle_seconds_sum) AS DOUBLE) / NULLIF(SUM(tasks_completed), 0) / 3600 AS avg_cycle_hours,
  CAST(SUM(completed_on_time) AS DOUBLE)
    / NULLIF(SUM(completed_on_time + completed_late), 0) AS on_time_rate
FROM user_activity
GROUP BY user_id
HAVING SUM(changes) > 0
