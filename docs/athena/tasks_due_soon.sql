-- How many open tasks are due on each of the next seven days?
-- Parameter: 7, the number of days after today (UTC). A day without due tasks has no row.
SELECT
  due_date,
  COUNT(*) AS tasks,
  COUNT(CASE WHEN priority IN ('high', 'urgent') THEN 1 END) AS high_or_urgent_tasks
FROM (
  SELECT
    status_after AS status,
    priority_after AS priority,
    due_date,
    ROW_NUMBER() OVER (PARTITION BY task_id ORDER BY version DESC) AS place
  FROM silver_task_changes
) AS newest
WHERE place = 1
  AND status IN ('pending', 'in_progress')
  AND due_date BETWEEN CURRENT_DATE AND DATE_ADD('day', 7, CURRENT_DATE)
GROUP BY due_date
ORDER BY due_date
