-- Do tasks get completed faster or slower from week to week?
-- One row per week with a completion, named by its Monday (UTC).
WITH cycles AS (
  SELECT
    CAST(DATE_TRUNC('week', CAST(dt AS DATE)) AS DATE) AS week,
    DATE_DIFF('millisecond', created_at, completed_at) / 1000 AS seconds
  FROM silver_task_changes
  WHERE dt >= '${first_week}' AND dt < '${end}'
    AND status_after = 'completed' AND op <> 'restored' AND COALESCE(status_before, '') <> 'completed'
),
ranked AS (
  SELECT
    week,
    CAST(seconds AS DOUBLE) / 3600 AS hours,
    ROW_NUMBER() OVER (PARTITION BY week ORDER BY seconds) AS place,
    COUNT(*) OVER (PARTITION BY week) AS completions
  FROM cycles
)
SELECT
  week,
  MAX(completions) AS completions,
  AVG(CASE WHEN place IN ((completions + 1) / 2, (completions + 2) / 2) THEN hours END) AS median_hours,
  MAX(CASE WHEN place = (9 * completions + 9) / 10 THEN hours END) AS p90_hours
FROM ranked
GROUP BY week
ORDER BY week
