-- In which categories are more, or fewer, tasks completed than a week ago?
-- Compares the last seven UTC days, today included, with the seven days before them.
SELECT
  category,
  CAST(SUM(CASE WHEN is_recent THEN completed ELSE 0 END) AS BIGINT) AS completed_7d,
  CAST(SUM(CASE WHEN is_recent THEN 0 ELSE completed END) AS BIGINT) AS completed_7d_before,
  CAST(SUM(CASE WHEN is_recent THEN completed ELSE -completed END) AS BIGINT) AS change
FROM (
  SELECT
    category,
    tasks_completed AS completed,
    CAST(dt AS DATE) > DATE_ADD('day', -7, CURRENT_DATE) AS is_recent
  FROM category_activity
  WHERE CAST(dt AS DATE) > DATE_ADD('day', -14, CURRENT_DATE)
) AS days
GROUP BY category
HAVING SUM(completed) > 0
ORDER BY change DESC, category
