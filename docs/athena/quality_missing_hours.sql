-- Which hours of the last seven complete days are not published?
-- Parameter: -7, the first day relative to today (UTC). The figures of a day with missing hours are too low.
WITH hours AS (
  SELECT
    DATE_FORMAT(day, '%Y-%m-%d') AS dt,
    LPAD(CAST(hour AS VARCHAR), 2, '0') AS hour
  FROM UNNEST(
    SEQUENCE(DATE_ADD('day', -7, CURRENT_DATE), DATE_ADD('day', -1, CURRENT_DATE), INTERVAL '1' DAY)
  ) AS days (day)
  CROSS JOIN UNNEST(SEQUENCE(0, 23)) AS clock (hour)
)
SELECT
  hours.dt,
  COUNT(published.hour) AS published_hours,
  COUNT(*) - COUNT(published.hour) AS missing_hours,
  MIN(CASE WHEN published.hour IS NULL THEN hours.hour END) AS first_missing_hour
FROM hours
LEFT JOIN "gold_user_activity$partitions" AS published
  ON published.dt = hours.dt AND published.hour = hours.hour
GROUP BY hours.dt
ORDER BY hours.dt
