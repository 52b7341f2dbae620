-- One row per cohort and week. A cohort is all users with the same first week, which is named by its Monday (UTC);
-- the weeks are the first week and every later week in which any user was active. weeks_later is the number of weeks
-- since the first week, cohort_users the size of the cohort, active_users the number of its users who changed a task
-- in the week, and retention their share. Users who have deleted their account still count in cohort_users.
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
