-- Is the pipeline up to date, and does it reject changes?
-- Covers the last seven UTC days, today included. newest_hour is the newest hour that is published (UTC).
-- hours_behind is the number of hours since the start of this hour: 1 or 2 if the pipeline works.
WITH published AS (
  SELECT
    MAX(dt || 'T' || hour) AS newest_hour,
    MAX(DATE_PARSE(dt || ' ' || hour, '%Y-%m-%d %H')) AS newest_start,
    COUNT(CASE WHEN CAST(dt AS DATE) > DATE_ADD('day', -7, CURRENT_DATE) THEN 1 END) AS hours_7d
  FROM "gold_user_activity$partitions"
),
accepted AS (
  SELECT
    (SELECT COUNT(*) FROM silver_task_changes WHERE CAST(dt AS DATE) > DATE_ADD('day', -7, CURRENT_DATE))
    + (SELECT COUNT(*) FROM silver_user_changes WHERE CAST(dt AS DATE) > DATE_ADD('day', -7, CURRENT_DATE))
      AS changes_7d,
    (SELECT COUNT(*) FROM silver_rejects WHERE CAST(dt AS DATE) > DATE_ADD('day', -7, CURRENT_DATE))
      AS rejected_7d
)
SELECT
  published.newest_hour,
  DATE_DIFF('hour', published.newest_start, CAST(CURRENT_TIMESTAMP AS TIMESTAMP)) AS hours_behind,
  published.hours_7d AS published_hours_7d,
  accepted.changes_7d,
  accepted.rejected_7d
FROM published
CROSS JOIN accepted
