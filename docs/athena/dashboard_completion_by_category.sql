-- What percentage of the live tasks of each category is completed?
SELECT
  category,
  total_tasks,
  completed_tasks,
  ROUND(100.0E0 * completed_tasks / total_tasks, 1) AS completed_percent
FROM (
  SELECT
    category,
    CAST(SUM(pending_delta + in_progress_delta + completed_delta + cancelled_delta) AS BIGINT) AS total_tasks,
    CAST(SUM(completed_delta) AS BIGINT) AS completed_tasks
  FROM category_activity
  GROUP BY category
) AS totals
WHERE total_tasks > 0
ORDER BY completed_percent DESC, category
