-- gold.category_activity, each day once: from the daily table when the day is folded, from its hours when not.
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
UNION ALL
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
FROM gold_category_activity
WHERE dt NOT IN (SELECT dt FROM gold_category_activity_daily)
