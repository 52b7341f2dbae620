-- How many live tasks had each status at the end of each day?
-- Parameter: 30, the number of UTC days, today included. A day without changes has no row.
SELECT *
FROM (
  SELECT
    dt,
    CAST(SUM(SUM(pending_delta)) OVER (ORDER BY dt) AS BIGINT) AS pending_tasks,
    CAST(SUM(SUM(in_progress_delta)) OVER (ORDER BY dt) AS BIGINT) AS in_progress_tasks,
    CAST(SUM(SUM(completed_delta)) OVER (ORDER BY dt) AS BIGINT) AS completed_tasks,
    CAST(SUM(SUM(cancelled_delta)) OVER (ORDER BY dt) AS BIGINT) AS cancelled_tasks
  FROM user_activity
  GROUP BY dt
) AS days
WHERE CAST(dt AS DATE) > DATE_ADD('day', -30, CURRENT_DATE)
ORDER BY dt
