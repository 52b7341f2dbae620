-- In which categories are completed tasks reopened most often?
SELECT
  category,
  CAST(SUM(tasks_completed) AS BIGINT) AS completions,
  CAST(SUM(tasks_reopened) AS BIGINT) AS reopened,
  CAST(SUM(tasks_reopened) AS DOUBLE) / SUM(tasks_completed) AS reopened_share
FROM category_activity
GROUP BY category
HAVING SUM(tasks_completed) > 0
ORDER BY reopened_share DESC, completions DESC, category
