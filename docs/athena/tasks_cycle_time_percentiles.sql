-- Within how many hours of their creation are 50, 75 and 90 % of the completed tasks completed, by priority?
-- The median of an even number of completions is the average of the two in the middle. A percentile is the
-- smallest time that this share of completions does not exceed (nearest rank). A task that was completed twice
-- counts twice.
SELECT
  priority,
  MAX(completions) AS completions,
  AVG(CASE WHEN place IN ((completions + 1) / 2, (completions + 2) / 2) THEN hours END) AS median_hours,
  MIN(CASE WHEN place >= 0.75 * completions THEN hours END) AS p75_hours,
  MIN(CASE WHEN place >= 0.90 * completions THEN hours END) AS p90_hours
FROM (
  SELECT
    priority_after AS priority,
    CAST(DATE_DIFF('second', created_at, completed_at) AS DOUBLE) / 3600 AS hours,
    ROW_NUMBER() OVER (PARTITION BY priority_after ORDER BY DATE_DIFF('second', created_at, completed_at))
      AS place,
    COUNT(*) OVER (PARTITION BY priority_after) AS completions
  FROM silver_task_changes
  WHERE status_after = 'completed' AND op <> 'restored' AND COALESCE(status_before, '') <> 'completed'
) AS ranked
GROUP BY priority
ORDER BY CASE priority WHEN 'urgent' THEN 1 WHEN 'high' THEN 2 WHEN 'medium' THEN 3 ELSE 4 END
