-- One row per UTC day, category and priority: the events of tasks on this day, and the live tasks at the end of the
-- day, in one column per status and in total_tasks. The row of the current day contains what is known so far.
SELECT
  dt,
  category,
  priority,
  CAST(SUM(changes) AS BIGINT) AS changes,
  CAST(SUM(tasks_created) AS BIGINT) AS tasks_created,
  CAST(SUM(tasks_updated) AS BIGINT) AS tasks_updated,
  CAST(SUM(tasks_completed) AS BIGINT) AS tasks_completed,
  CAST(SUM(tasks_reopened) AS BIGINT) AS tasks_reopened,
  CAST(SUM(tasks_deleted) AS BIGINT) AS tasks_deleted,
  CAST(SUM(tasks_restored) AS BIGINT) AS tasks_restored,
  CAST(SUM(cycle_seconds_sum) AS BIGINT) AS cycle_seconds_sum,
  CAST(SUM(completed_on_time) AS BIGINT) AS completed_on_time,
  CAST(SUM(completed_late) AS BIGINT) AS completed_late,
  CAST(SUM(SUM(pending_delta)) OVER (PARTITION BY category, priority ORDER BY dt) AS BIGINT) AS pending_tasks,
  CAST(SUM(SUM(in_progress_delta)) OVER (PARTITION BY category, priority ORDER BY dt) AS BIGINT)
    AS in_progress_tasks,
  CAST(SUM(SUM(completed_delta)) OVER (PARTITION BY category, priority ORDER BY dt) AS BIGINT)
    AS completed_tasks,
  CAST(SUM(SUM(cancelled_delta)) OVER (PARTITION BY category, priority ORDER BY dt) AS BIGINT)
    AS cancelled_tasks,
  CAST(
    SUM(SUM(pending_delta + in_progress_delta + completed_delta + cancelled_delta))
      OVER (PARTITION BY category, priority ORDER BY dt) AS BIGINT
  ) AS total_tasks
FROM category_activity
GROUP BY dt, category, priority
