-- What share of the users of the last seven days is active on a day?
-- Daily active users divided by weekly active users. An active user changed a task. Users who deleted their
-- account since then are counted. Parameter: -6, the first day relative to today (UTC).
WITH active AS (
  SELECT DISTINCT CAST(dt AS DATE) AS day, user_id
  FROM user_activity
  WHERE changes > 0 AND CAST(dt AS DATE) >= DATE_ADD('day', -12, CURRENT_DATE)
),
days AS (
  SELECT day
  FROM UNNEST(SEQUENCE(DATE_ADD('day', -6, CURRENT_DATE), CURRENT_DATE, INTERVAL '1' DAY)) AS calendar (day)
)
SELECT
  days.day,
  COUNT(DISTINCT CASE WHEN active.day = days.day THEN active.user_id END) AS daily_users,
  COUNT(DISTINCT active.user_id) AS weekly_users,
  CAST(COUNT(DISTINCT CASE WHEN active.day = days.day THEN active.user_id END) AS DOUBLE)
    / NULLIF(COUNT(DISTINCT active.user_id), 0) AS stickiness
FROM days
LEFT JOIN active ON active.day BETWEEN DATE_ADD('day', -6, days.day) AND days.day
GROUP BY days.day
ORDER BY days.day
