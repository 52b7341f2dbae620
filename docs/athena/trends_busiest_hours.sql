-- At which hours of the day, in their own time zone, do users change tasks?
-- Parameter: 30, the number of UTC days, today included.
SELECT
  HOUR(AT_TIMEZONE(WITH_TIMEZONE(at, 'UTC'), time_zone)) AS hour_of_day,
  COUNT(*) AS changes,
  COUNT(DISTINCT user_id) AS users
FROM silver_task_changes
WHERE CAST(dt AS DATE) > DATE_ADD('day', -30, CURRENT_DATE)
GROUP BY 1
ORDER BY changes DESC, hour_of_day
