-- In which categories are tasks created and completed?
-- One row per category: its counts in the period, and its live tasks and completion rate at the end of the period.
-- Only the 15 most active categories are listed.
SELECT
  category,
  CAST(COALESCE(SUM(CASE WHEN dt >= '${first}' THEN tasks_created END), 0) AS BIGINT) AS tasks_created,
  CAST(COALESCE(SUM(CASE WHEN dt >= '${first}' THEN tasks_completed END), 0) AS BIGINT) AS tasks_completed,
  CAST(SUM(CASE WHEN dt >= '${first}' THEN completed_on_time END) AS DOUBLE)
    / NULLIF(SUM(CASE WHEN dt >= '${first}' THEN completed_on_time + completed_late END), 0) AS on_time_rate,
  CAST(SUM(pending_delta + in_progress_delta + completed_delta + cancelled_delta) AS BIGINT) AS live_tasks,
  CAST(SUM(completed_delta) AS DOUBLE)
    / NULLIF(SUM(pending_delta + in_progress_delta + completed_delta + cancelled_delta), 0) AS completion_rate
FROM category_activity
WHERE dt < '${end}'
GROUP BY category
ORDER BY tasks_created + tasks_completed DESC, category
LIMIT 15
