-- How long does a task take from its creation to its completion?
-- Two rows: 'current' and 'previous'. The 90th percentile is the smallest time that at least 90 % of the
-- completions do not exceed (nearest rank).
WITH cycles AS (
  SELECT
    CASE WHEN dt >= '${first}' THEN 'current' ELSE 'previous' END AS period,
    DATE_DIFF('millisecond', created_at, completed_at) / 1000 AS seconds
  FROM silver_task_changes
  WHERE dt >= '${before}' AND dt < '${end}'
    AND status_after = 'completed' AND op <> 'restored' AND COALESCE(status_before, '') <> 'completed'
),
ranked AS (
  SELECT
    period,
    CAST(seconds AS DOUBLE) / 3600 AS hours,
    ROW_NUMBER() OVER (PARTITION BY period ORDER BY seconds) AS place,
    COUNT(*) OVER (PARTITION BY period) AS completions
  FROM cycles
)
SELECT
  period,
  MAX(completions) AS completions,
  AVG(CASE WHEN place IN ((completions + 1) / 2, (completions + 2) / 2) THEN hours END) AS median_hours,
  MAX(CASE WHEN place = (9 * completions + 9) / 10 THEN hours END) AS p90_hours
FROM ranked
GROUP BY period
ORDER BY period
