-- What share of the users who started in a week changed a task in that week and in the weeks after it?
-- A week is named by its Monday (UTC). A share is NULL if its week is still to come, or if no user changed a
-- task in this week.
SELECT
  cohort,
  MAX(cohort_users) AS cohort_users,
  MAX(CASE WHEN weeks_later = 0 THEN retention END) AS week_0,
  MAX(CASE WHEN weeks_later = 1 THEN retention END) AS week_1,
  MAX(CASE WHEN weeks_later = 2 THEN retention END) AS week_2,
  MAX(CASE WHEN weeks_later = 3 THEN retention END) AS week_3,
  MAX(CASE WHEN weeks_later = 4 THEN retention END) AS week_4
FROM cohort_retention
GROUP BY cohort
ORDER BY cohort
