-- How many changes of each day were rejected or came late, and how many hours are provisional?
-- Parameter: 30, the number of UTC days, today included. A late change was logged after its hour was final; the
-- next run processes the hour again.
SELECT
  dt,
  COUNT(*) AS published_hours,
  COUNT(CASE WHEN provisional THEN 1 END) AS provisional_hours,
  CAST(SUM(source_count) AS BIGINT) AS changes,
  CAST(SUM(rejects) AS BIGINT) AS rejected,
  CAST(SUM(late) AS BIGINT) AS late,
  CAST(SUM(rejects + late) AS DOUBLE) / NULLIF(SUM(source_count), 0) AS affected_share
FROM gold_hours
WHERE CAST(dt AS DATE) > DATE_ADD('day', -30, CURRENT_DATE)
GROUP BY dt
ORDER BY dt DESC
