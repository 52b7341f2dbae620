-- One row per user who ever completed a task: the median time from creation to completion, as the API shows it.
SELECT
  user_id,
  MAX(completions) AS completions,
  AVG(CAST(seconds AS DOUBLE)) / 3600 AS median_cycle_hours
FROM (
  SELECT
    user_id,
    seconds,
    ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY seconds) AS place,
    COUNT(*) OVER (PARTITION BY user_id) AS completions
  FROM (
    SELECT user_id, DATE_DIFF('millisecond', created_at, completed_at) / 1000 AS seconds
    FROM silver_task_changes
    WHERE status_after = 'completed' AND op <> 'restored' AND COALESCE(status_before, '') <> 'completed'
  ) AS cycles
) AS ranked
WHERE place IN ((completions + 1) / 2, (completions + 2) / 2)
GROUP BY user_id
