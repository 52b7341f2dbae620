-- How many users registered, and how many deleted their account, in each week?
-- A week is named by its Monday (UTC). Deleted accounts that were restored count as registered again.
SELECT
  CAST(DATE_TRUNC('week', at) AS DATE) AS week,
  COUNT(CASE WHEN op IN ('created', 'restored') THEN 1 END) AS registered,
  COUNT(CASE WHEN op = 'deleted' THEN 1 END) AS deleted,
  COUNT(CASE WHEN op IN ('created', 'restored') THEN 1 END) - COUNT(CASE WHEN op = 'deleted' THEN 1 END)
    AS net_new_users
FROM silver_user_changes
WHERE op <> 'updated'
GROUP BY 1
ORDER BY week
