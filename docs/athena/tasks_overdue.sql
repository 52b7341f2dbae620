-- Which open tasks should have been completed before today (UTC)?
-- Parameter: 100, the number of tasks, longest overdue first.
SELECT
  task_id,
  user_id,
  priority,
  category,
  due_date,
  DATE_DIFF('day', due_date, CURRENT_DATE) AS days_overdue
FROM (
  SELECT
    task_id,
    user_id,
    status_after AS status,
    priority_after AS priority,
    category_after AS category,
    due_date,
    ROW_NUMBER() OVER (PARTITION BY task_id ORDER BY version DESC) AS place
  FROM silver_task_changes
) AS newest
WHERE place = 1 AND status IN ('pending', 'in_progress') AND due_date < CURRENT_DATE
ORDER BY days_overdue DESC, task_id
LIMIT 100
