-- How are live tasks distributed over the statuses?
WITH totals AS (
  SELECT
    CAST(SUM(pending_delta) AS BIGINT) AS pending,
    CAST(SUM(in_progress_delta) AS BIGINT) AS in_progress,
    CAST(SUM(completed_delta) AS BIGINT) AS completed,
    CAST(SUM(cancelled_delta) AS BIGINT) AS cancelled
  FROM category_activity
)
SELECT
  status,
  tasks,
  CAST(tasks AS DOUBLE) / NULLIF(SUM(tasks) OVER (), 0) AS share
FROM totals
CROSS JOIN UNNEST(
  ARRAY['pending', 'in_progress', 'completed', 'cancelled'],
  ARRAY[pending, in_progress, completed, cancelled]
) AS statuses (status, tasks)
ORDER BY tasks DESC, status
