-- Which registered users once changed tasks, but not in the last seven days?
-- Parameter: -7, for the last seven UTC days, today included.
SELECT
  user_id,
  MAX(CASE WHEN changes > 0 THEN dt END) AS last_active_day,
  DATE_DIFF('day', CAST(MAX(CASE WHEN changes > 0 THEN dt END) AS DATE), CURRENT_DATE) AS days_inactive,
  CAST(SUM(pending_delta + in_progress_delta) AS BIGINT) AS open_tasks
FROM user_activity
GROUP BY user_id
HAVING
  SUM(account_delta) > 0
  AND CAST(MAX(CASE WHEN changes > 0 THEN dt END) AS DATE) <= DATE_ADD('day', -7, CURRENT_DATE)
ORDER BY days_inactive DESC, user_id
