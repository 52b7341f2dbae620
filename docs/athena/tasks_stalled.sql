-- Which tasks are in progress but have not changed for seven days or longer?
-- Parameters: 7, the number of days (UTC); 100, the number of tasks.
SELECT
  task_id,
  user_id,
  priority,
  category,
  at AS last_change_at,
  DATE_DIFF('day', CAST(at AS DATE), CURRENT_DATE) AS days_unchanged
FROM (
  SELECT
    task_id,
    user_id,
    status_after AS status,
    priority_after AS priority,
    category_after AS category,
    at,
    ROW_NUMBER() OVER (PARTITION BY task_id ORDER BY version DESC) AS place
  FROM silver_task_changes
) AS newest
WHERE place = 1 AND status = 'in_progress' AND DATE_DIFF('day', CAST(at AS DATE), CURRENT_DATE) >= 7
ORDER BY days_unchanged DESC, task_id
LIMIT 100
