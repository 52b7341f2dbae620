-- How long do tasks stay in a status before they leave it?
-- Counts only stays that have ended, by a change of the status or by a deletion of the task.
SELECT
  status,
  COUNT(*) AS stays,
  AVG(hours) AS avg_hours,
  MAX(hours) AS longest_hours
FROM (
  SELECT
    status_after AS status,
    CAST(DATE_DIFF('second', at, LEAD(at) OVER (PARTITION BY task_id ORDER BY version)) AS DOUBLE) / 3600
      AS hours
  FROM silver_task_changes
  WHERE COALESCE(status_before, '') <> COALESCE(status_after, '')
) AS stays
WHERE status IS NOT NULL AND hours IS NOT NULL
GROUP BY status
ORDER BY stays DESC, status
