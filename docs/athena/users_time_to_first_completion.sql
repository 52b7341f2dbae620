-- How long do new users need to complete their first task, by the week of their registration?
-- A week is named by its Monday (UTC). Users who have not completed a task count in the column users only.
WITH registered AS (
  SELECT user_id, MIN(at) AS registered_at
  FROM silver_user_changes
  WHERE op = 'created'
  GROUP BY user_id
),
completed AS (
  SELECT user_id, MIN(completed_at) AS completed_at
  FROM silver_task_changes
  WHERE status_after = 'completed' AND op <> 'restored' AND COALESCE(status_before, '') <> 'completed'
  GROUP BY user_id
)
SELECT
  CAST(DATE_TRUNC('week', registered_at) AS DATE) AS week,
  COUNT(*) AS users,
  COUNT(completed_at) AS users_with_completion,
  COUNT(CASE WHEN completed_at <= DATE_ADD('day', 7, registered_at) THEN 1 END) AS within_7_days,
  AVG(CAST(DATE_DIFF('second', registered_at, completed_at) AS DOUBLE)) / 3600 AS avg_hours
FROM registered
LEFT JOIN completed ON completed.user_id = registered.user_id
GROUP BY 1
ORDER BY week
