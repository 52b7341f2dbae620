-- Can the figures of each hour be trusted?
-- One row per hour of the period that is over, from the first hour with a change on. An hour without a row in
-- gold_hours was never published: it is missing.
SELECT
  hours.hour AS hour,
  CASE
    WHEN gold_hours.hour IS NULL THEN 'missing'
    WHEN gold_hours.provisional THEN 'provisional'
    WHEN gold_hours.rejects > 0 THEN 'rejected'
    WHEN gold_hours.late > 0 THEN 'late'
    ELSE 'complete'
  END AS quality,
  gold_hours.source_count AS source_count,
  gold_hours.rejects AS rejects,
  gold_hours.late AS late,
  gold_hours.as_of AS as_of,
  gold_hours.published_at AS published_at
FROM UNNEST(
  SEQUENCE(TIMESTAMP '${first} 00:00:00', TIMESTAMP '${last} 23:00:00', INTERVAL '1' HOUR)
) AS hours (hour)
LEFT JOIN gold_hours ON gold_hours.hour = hours.hour AND gold_hours.dt >= '${first}' AND gold_hours.dt < '${end}'
WHERE hours.hour >= (SELECT MIN(hour) FROM gold_hours WHERE source_count > 0)
  AND hours.hour <= DATE_ADD('hour', -1, CAST(CURRENT_TIMESTAMP AS TIMESTAMP))
ORDER BY hours.hour
