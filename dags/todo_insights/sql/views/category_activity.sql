-- One row per UTC day, category and priority, with the columns of gold.category_activity. Days up to the cutoff date
-- come from the daily table, and later days are added up from the hourly table. Compaction replaces the
-- cutoff date, which is a literal so that Athena opens only the partitions of the days that a query needs.
SELECT
  dt,
  category,
  priority,
  changes,
  tasks_created,
  tasks_updated,
  tasks_completed,
  tasks_reopened,
  tasks_deleted,
  tasks_restored,
  cycle_seconds_sum,
  completed_on_time,
  completed_late,
  pending_delta,
  in_progress_delta,
  completed_delta,
  cancelled_delta
FROM gold_category_activity_daily
WHERE dt <= '1970-01-01'
UNION ALL
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
  CAST(SUM(pending_delta) AS BIGINT) AS pending_delta,
  CAST(SUM(in_progress_delta) AS BIGINT) AS in_progress_delta,
  CAST(SUM(completed_delta) AS BIGINT) AS completed_delta,
  CAST(SUM(cancelled_delta) AS BIGINT) AS cancelled_delta
FROM gold_category_activity
WHERE dt > '1970-01-01'
GROUP BY dt, category, priority
