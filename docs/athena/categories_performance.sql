-- How well are the tasks of each category completed: how many, how fast, and how punctually?
SELECT
  category,
  CAST(SUM(pending_delta + in_progress_delta + completed_delta + cancelled_delta) AS BIGINT) AS total_tasks,
  CAST(SUM(completed_delta) AS BIGINT) AS completed_tasks,
  CAST(SUM(completed_delta) AS DOUBLE)
    / NULLIF(SUM(pending_delta + in_progress_delta + completed_delta + cancelled_delta), 0)
    AS completion_rate,
  CAST(SUM(cycle_seconds_sum) AS DOUBLE) / NULLIF(SUM(tasks_completed), 0) / 3600 AS avg_cycle_hours,
  CAST(SUM(completed_on_time) AS DOUBLE)
    / NULLIF(SUM(completed_on_time + completed_late), 0) AS on_time_rate
FROM category_activity
GROUP BY category
ORDER BY completion_rate DESC NULLS LAST, category
