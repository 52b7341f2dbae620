-- Which tasks exist, and what is the state of each?
-- Parameter: 1000, the number of tasks, oldest first. Titles are personal text, so Silver has no titles.
SELECT task_id, user_id, status, priority, category, due_date, created_at, completed_at
FROM (
  SELECT
    task_id,
    user_id,
    op,
    status_after AS status,
    priority_after AS priority,
    category_after AS category,
    due_date,
    created_at,
    completed_at,
    ROW_NUMBER() OVER (PARTITION BY task_id ORDER BY version DESC) AS place
  FROM silver_task_changes
) AS newest
WHERE place = 1 AND op <> 'deleted'
ORDER BY created_at, task_id
LIMIT 1000
