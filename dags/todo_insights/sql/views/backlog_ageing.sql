-- One row per status, priority and age of the tasks that are pending or in progress now. age is the number of days
-- since the creation ('0 to 6', '7 to 29', '30 to 89', '90 and more'), tasks is the number of tasks, overdue_tasks
-- the number of tasks that were due before today (UTC), and oldest_days the age of the oldest task. The view reads
-- all of silver.task_changes, because the state of a task is in its last change.
SELECT
  status,
  priority,
  CASE
    WHEN days < 7 THEN '0 to 6'
    WHEN days < 30 THEN '7 to 29'
    WHEN days < 90 THEN '30 to 89'
    ELSE '90 and more'
  END AS age,
  COUNT(*) AS tasks,
  COUNT(CASE WHEN due_date < CURRENT_DATE THEN 1 END) AS overdue_tasks,
  MAX(days) AS oldest_days
FROM (
  SELECT
    status_after AS status,
    priority_after AS priority,
    due_date,
    DATE_DIFF('day', CAST(created_at AS DATE), CURRENT_DATE) AS days,
    ROW_NUMBER() OVER (PARTITION BY task_id ORDER BY version DESC) AS place
  FROM silver_task_changes
) AS newest
WHERE place = 1 AND status IN ('pending', 'in_progress')
GROUP BY 1, 2, 3
