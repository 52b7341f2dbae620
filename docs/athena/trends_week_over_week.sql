-- How does each complete week compare with the week before it?
-- A week is named by its Monday (UTC). The current week is left out, since it is not over.
SELECT
  week,
  active_users,
  active_users - active_users_before AS active_users_change,
  tasks_created,
  tasks_completed,
  tasks_completed - tasks_completed_before AS tasks_completed_change
FROM weekly_trends
WHERE week < CAST(DATE_TRUNC('week', CURRENT_DATE) AS DATE)
ORDER BY week DESC
