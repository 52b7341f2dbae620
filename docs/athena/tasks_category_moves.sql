-- Between which categories do users move their tasks?
SELECT
  COALESCE(category_before, '(none)') AS from_category,
  COALESCE(category_after, '(none)') AS to_category,
  COUNT(*) AS moves,
  COUNT(DISTINCT user_id) AS users
FROM silver_task_changes
WHERE op = 'updated' AND COALESCE(category_before, '') <> COALESCE(category_after, '')
GROUP BY 1, 2
ORDER BY moves DESC, from_category, to_category
