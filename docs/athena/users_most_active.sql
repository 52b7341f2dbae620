-- Which ten registered users changed their tasks most often in the last 30 days?
-- Parameters: 30, the number of UTC days, today included; 10, the number of users.
SELECT
  activity.user_id,
  CAST(SUM(activity.changes) AS BIGINT) AS changes,
  COUNT(DISTINCT CASE WHEN activity.changes > 0 THEN activity.local_date END) AS active_days,
  CAST(SUM(activity.tasks_created) AS BIGINT) AS tasks_created,
  CAST(SUM(activity.tasks_completed) AS BIGINT) AS tasks_completed
FROM user_activity AS activity
INNER JOIN user_analytics AS users ON users.user_id = activity.user_id
WHERE CAST(activity.dt AS DATE) > DATE_ADD('day', -30, CURRENT_DATE)
GROUP BY activity.user_id
HAVING SUM(activity.changes) > 0
ORDER BY changes DESC, activity.user_id
LIMIT 10
