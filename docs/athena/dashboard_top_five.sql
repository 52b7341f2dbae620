-- Which five users completed most tasks in the last 30 days?
-- Parameters: 30, the number of UTC days, today included; 5, the number of users.
SELECT user_id, CAST(SUM(tasks_completed) AS BIGINT) AS tasks_completed
FROM user_activity
WHERE CAST(dt AS DATE) > DATE_ADD('day', -30, CURRENT_DATE)
GROUP BY user_id
HAVING SUM(tasks_completed) > 0
ORDER BY tasks_completed DESC, user_id
LIMIT 5
