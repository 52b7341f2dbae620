-- One row per cohort, the users of one first week (named by its Monday, UTC), and each later week in which
-- anybody did anything: weeks_later (0 is the first week itself), cohort_users, active_users who changed a task
-- in that week, and their share, retention. Who has left since still counts in the cohort.
WITH activity AS (
  SELECT user_id, CAST(DATE_TRUNC('week', CAST(dt AS DATE)) AS DATE) AS week, SUM(changes) AS changes
  FROM user_activity
  GROUP BY 1, 2
),
members AS (
  SELECT user_id, MIN(week) AS cohort FROM activity GROUP BY user_id
),
sizes AS (
  SELECT cohort, COUNT(*) AS cohort_users FROM members GROUP BY cohort
),
weeks AS (
  SELECT DISTINCT week FROM activity
)
SELECT
  sizes.cohort AS cohort,
  DATE_DIFF('day', sizes.cohort, weeks.week) / 7 AS weeks_later,
  MAX(sizes.cohort_users) AS cohort_users,
  COUNT(activity.user_id) AS active_users,
  CAST(COUNT(activity.user_id) AS DOUBLE) / MAX(sizes.cohort_users) AS retention
FROM sizes
INNER JOIN weeks ON weeks.week >= sizes.cohort
INNER JOIN members ON members.cohort = sizes.cohort
LEFT JOIN activity
  ON activity.user_id = members.user_id AND activity.week = weeks.week AND activity.changes > 0
GROUP BY sizes.cohort, weeks.week
