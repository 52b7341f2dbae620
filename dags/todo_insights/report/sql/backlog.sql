-- How old are the tasks that wait or are in progress now?
-- One row per group of ages: days since the creation of a task. Overdue tasks were due before today (UTC).
SELECT
  age,
  CAST(SUM(CASE WHEN status = 'pending' THEN tasks END) AS BIGINT) AS pending_tasks,
  CAST(SUM(CASE WHEN status = 'in_progress' THEN tasks END) AS BIGINT) AS in_progress_tasks,
  CAST(SUM(overdue_tasks) AS BIGINT) AS overdue_tasks,
  MAX(oldest_days) AS oldest_days
FROM backlog_ageing
GROUP BY age
ORDER BY oldest_days
