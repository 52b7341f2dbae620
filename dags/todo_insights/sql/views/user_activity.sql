-- gold.user_activity, each day once: from the daily table when the day is folded, from its hours when not.
SELECT
  dt,
  user_id,
  local_date,
  account_delta,
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
  cancelled_delta,
  first_change_at,
  last_change_at
FROM gold_user_activity_daily
UNION ALL
SELECT
  dt,
  user_id,
  local_date,
  account_delta,
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
  cancelled_delta,
  first_change_at,
  last_change_at
FROM gold_user_activity
WHERE dt NOT IN (SELECT dt FROM gold_user_activity_daily)
