-- Of the users who started in the same week, which share is active in later weeks?
-- One row per cohort and later week; the newest 12 cohorts.
SELECT cohort, weeks_later, cohort_users, active_users, retention
FROM cohort_retention
WHERE cohort >= DATE_ADD('week', -12, DATE '${end}') AND DATE_ADD('week', weeks_later, cohort) < DATE '${end}'
ORDER BY cohort, weeks_later
