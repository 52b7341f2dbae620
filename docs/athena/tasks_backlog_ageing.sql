-- How old are the tasks that are pending or in progress, and how many of them are overdue?
-- Age is the number of days since the creation (UTC).
SELECT
  age,
  CAST(SUM(tasks) AS BIGINT) AS tasks,
  CAST(SUM(overdue_tasks) AS BIGINT) AS overdue_tasks,
  MAX(oldest_days) AS oldest_days
FROM backlog_ageing
GROUP BY age
ORDER BY oldest_days
