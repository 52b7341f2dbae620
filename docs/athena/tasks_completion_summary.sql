-- How many tasks of each priority are completed, open and cancelled, and how long do completions take?
SELECT
  priority,
  CAST(SUM(pending_delta + in_progress_delta + completed_delta + cancelled_delta) AS BIGINT) AS total_tasks,
  CAST(SUM(completed_delta) AS BIGINT) AS completed_tasks,
  CAST(SUM(pending_delta + in_progress_delta) AS BIGINT) AS open_tasks,
  CAST(SUM(cancelled_delta) AS BIGINT) AS cancelled_tasks,
  CAST(SUM(completed_delta) AS DOUBLE)
    / NULLIF(SUM(pending_delta + in_progress_delta + completed_delta + cancelled_delta), 0)
    AS completion_rate,
  CAST(SUM(cycle_seconds_sum) AS DOUBLE) / NULLIF(SUM(tasks_completed), 0) / 3600 AS avg_cycle_hours
FROM category_activity
GROUP BY priority
ORDER BY CASE priority WHEN 'urgent' THEN 1 WHEN 'high' THEN 2 WHEN 'medium' THEN 3 ELSE 4 END
