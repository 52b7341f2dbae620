-- How do the main figures of the period compare with those of the period before?
-- Two rows: 'current' and 'previous', a period of the same length. Counts are those of the period; live tasks and
-- completed tasks are those at its end.
WITH periods AS (
  SELECT 'current' AS period, '${first}' AS first_dt, '${end}' AS end_dt
  UNION ALL
  SELECT 'previous', '${before}', '${first}'
)
SELECT
  period,
  COUNT(DISTINCT CASE WHEN dt >= first_dt AND changes > 0 THEN user_id END) AS active_users,
  CAST(COALESCE(SUM(CASE WHEN dt >= first_dt THEN account_delta END), 0) AS BIGINT) AS net_new_users,
  CAST(COALESCE(SUM(CASE WHEN dt >= first_dt THEN tasks_created END), 0) AS BIGINT) AS tasks_created,
  CAST(COALESCE(SUM(CASE WHEN dt >= first_dt THEN tasks_completed END), 0) AS BIGINT) AS tasks_completed,
  CAST(COALESCE(SUM(CASE WHEN dt >= first_dt THEN tasks_reopened END), 0) AS BIGINT) AS tasks_reopened,
  CAST(COALESCE(SUM(CASE WHEN dt >= first_dt THEN tasks_deleted END), 0) AS BIGINT) AS tasks_deleted,
  CAST(SUM(CASE WHEN dt >= first_dt THEN completed_on_time END) AS DOUBLE)
    / NULLIF(SUM(CASE WHEN dt >= first_dt THEN completed_on_time + completed_late END), 0) AS on_time_rate,
  CAST(COALESCE(SUM(pending_delta + in_progress_delta + completed_delta + cancelled_delta), 0) AS BIGINT)
    AS live_tasks,
  CAST(COALESCE(SUM(completed_delta), 0) AS BIGINT) AS completed_tasks,
  CAST(SUM(completed_delta) AS DOUBLE)
    / NULLIF(SUM(pending_delta + in_progress_delta + completed_delta + cancelled_delta), 0) AS completion_rate
FROM periods
INNER JOIN user_activity ON dt < end_dt
GROUP BY period
ORDER BY period
