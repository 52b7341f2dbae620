-- On which days of the week, in their own time zone, do users change, create and complete tasks?
-- Parameter: 30, the number of local days before today (UTC).
SELECT
  DATE_FORMAT(local_date, '%W') AS weekday,
  CAST(SUM(changes) AS BIGINT) AS changes,
  CAST(SUM(tasks_created) AS BIGINT) AS tasks_created,
  CAST(SUM(tasks_completed) AS BIGINT) AS tasks_completed
FROM user_activity
WHERE local_date > DATE_ADD('day', -30, CURRENT_DATE) AND changes > 0
GROUP BY DATE_FORMAT(local_date, '%W'), DAY_OF_WEEK(local_date)
ORDER BY DAY_OF_WEEK(local_date)
