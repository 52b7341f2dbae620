-- In which time zones do users work?
-- Parameter: 30, the number of UTC days, today included. A user whose time zone changed counts in each zone.
SELECT time_zone, COUNT(DISTINCT user_id) AS users, COUNT(*) AS changes
FROM silver_task_changes
WHERE CAST(dt AS DATE) > DATE_ADD('day', -30, CURRENT_DATE)
GROUP BY time_zone
ORDER BY users DESC, changes DESC, time_zone
