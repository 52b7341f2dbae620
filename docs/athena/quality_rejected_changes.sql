-- Which changes did the pipeline reject, and why?
-- Parameter: 30, the number of UTC days, today included.
SELECT dt, reason, COUNT(*) AS changes, MIN(change_id) AS example_change_id
FROM silver_rejects
WHERE CAST(dt AS DATE) > DATE_ADD('day', -30, CURRENT_DATE)
GROUP BY dt, reason
ORDER BY dt DESC, changes DESC, reason
