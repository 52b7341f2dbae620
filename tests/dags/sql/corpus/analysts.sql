SELECT dt, count(*) AS changes, count(DISTINCT user_id) AS users FROM silver_task_changes GROUP BY dt ORDER BY dt
SELECT user_id, count(*) AS n FROM silver_task_changes WHERE op = 'created' GROUP BY user_id ORDER BY n DESC, user_id LIMIT 3
SELECT priority_after, status_after, count(*) FROM silver_task_changes WHERE op <> 'deleted' GROUP BY priority_after, status_after ORDER BY 1, 2
WITH latest AS (SELECT task_id, status_after, row_number() OVER (PARTITION BY task_id ORDER BY version DESC) AS rn FROM silver_task_changes) SELECT status_after, count(*) FROM latest WHERE rn = 1 GROUP BY status_after ORDER BY 1
SELECT user_id, avg(date_diff('minute', created_at, completed_at)) AS minutes FROM silver_task_changes WHERE status_after = 'completed' AND status_before <> 'completed' GROUP BY user_id ORDER BY user_id
SELECT dt, sum(tasks_created) AS created, sum(tasks_completed) AS completed, CAST(sum(tasks_completed) AS double) / nullif(sum(tasks_created), 0) AS ratio FROM category_activity GROUP BY dt ORDER BY dt
SELECT category, sum(changes) AS n FROM category_activity GROUP BY category ORDER BY n DESC, category
SELECT category, priority, sum(pending_delta) AS pending FROM category_activity GROUP BY GROUPING SETS ((category), (priority)) ORDER BY 1, 2
WITH days AS (SELECT day FROM UNNEST(sequence(DATE '2026-10-25', DATE '2026-11-01', INTERVAL '1' DAY)) AS t(day)) SELECT CAST(days.day AS varchar) AS day, coalesce(sum(u.changes), 0) AS changes FROM days LEFT JOIN user_activity u ON u.dt = CAST(days.day AS varchar) GROUP BY days.day ORDER BY days.day
SELECT user_id, first_change_at, last_change_at, date_diff('hour', first_change_at, last_change_at) AS hours FROM user_activity ORDER BY user_id, dt, local_date LIMIT 5
SELECT u.user_id, u.time_zone, count(t.task_id) AS tasks FROM silver_user_changes u LEFT JOIN silver_task_changes t ON t.user_id = u.user_id AND t.op = 'created' WHERE u.op = 'created' GROUP BY u.user_id, u.time_zone ORDER BY u.user_id
SELECT reason, count(*) AS n FROM silver_rejects GROUP BY reason ORDER BY n DESC, reason
SELECT time_zone, count(DISTINCT user_id) FROM silver_user_changes GROUP BY time_zone ORDER BY time_zone
SELECT hour(at AT TIME ZONE time_zone) AS local_hour, count(*) FROM silver_task_changes GROUP BY 1 ORDER BY 1
SELECT day_of_week(CAST(dt AS date)) AS weekday, sum(changes) FROM user_activity GROUP BY 1 ORDER BY 1
SELECT date_trunc('week', CAST(dt AS date)) AS week, sum(tasks_created) FROM user_activity GROUP BY 1 ORDER BY 1
SELECT task_id, count(*) AS versions, array_agg(op ORDER BY version) AS history FROM silver_task_changes GROUP BY task_id HAVING count(*) >= 4 ORDER BY task_id
SELECT op, approx_distinct(user_id) AS users, approx_percentile(version, 0.5) AS median_version FROM silver_task_changes GROUP BY op ORDER BY op
SELECT count(*) AS overdue FROM (SELECT due_date, status_after, row_number() OVER (PARTITION BY task_id ORDER BY version DESC) AS rn FROM silver_task_changes) WHERE rn = 1 AND status_after = 'pending' AND due_date < current_date
SELECT a.user_id, a.changes AS first_day, b.changes AS second_day FROM user_activity a JOIN user_activity b ON a.user_id = b.user_id AND a.dt = '2026-10-25' AND b.dt = '2026-10-26' ORDER BY 1, 2, 3
SELECT dt, user_id, changes, sum(changes) OVER (PARTITION BY user_id ORDER BY dt, local_date) AS running FROM user_activity ORDER BY user_id, dt, local_date LIMIT 6
SELECT user_id, max(CASE WHEN dt = '2026-10-25' THEN changes END) AS d1, max(CASE WHEN dt = '2026-10-26' THEN changes END) AS d2 FROM user_activity GROUP BY user_id ORDER BY user_id
SELECT x.category, x.n, round(100.0 * x.n / sum(x.n) OVER (), 1) AS pct FROM (SELECT category, sum(changes) AS n FROM category_activity GROUP BY category) x ORDER BY x.n DESC, x.category
SELECT min(at) AS first, max(at) AS last, count(*) AS n, count(*) / (date_diff('hour', min(at), max(at)) + 1) AS per_hour FROM silver_task_changes
SELECT task_id FROM silver_task_changes GROUP BY task_id HAVING max(version) = 1 AND min(op) = 'created' ORDER BY task_id LIMIT 3
SELECT s.dt, s.n, g.n FROM (SELECT dt, count(*) AS n FROM silver_task_changes GROUP BY dt) s FULL OUTER JOIN (SELECT dt, sum(changes) AS n FROM user_activity GROUP BY dt) g ON s.dt = g.dt ORDER BY 1
SELECT b.task_id, b.after.status AS status, b.after.due_date AS due FROM bronze_task_changes b WHERE b.after.due_date IS NOT NULL ORDER BY b.change_id LIMIT 3
SELECT CAST(from_iso8601_timestamp('2026-10-25T10:00:00Z') AS date), count(*) FROM silver_task_changes WHERE at >= CAST(from_iso8601_timestamp('2026-10-25T10:00:00Z') AS timestamp) GROUP BY 1
SELECT CASE WHEN n = 1 THEN 'once' WHEN n <= 3 THEN 'few' ELSE 'many' END AS bucket, count(*) FROM (SELECT task_id, count(*) AS n FROM silver_task_changes GROUP BY task_id) GROUP BY 1 ORDER BY 1
SELECT corr(CAST(changes AS double), CAST(tasks_created AS double)) FROM user_activity
SELECT element_at(split(email_masked, '@'), 2) AS domain, count(*) FROM silver_user_changes GROUP BY 1
SELECT count(*) FROM silver_task_changes WHERE lower(coalesce(category_after, '')) LIKE '%büro%'
SELECT listagg(DISTINCT status_after, ', ') WITHIN GROUP (ORDER BY status_after) FROM silver_task_changes WHERE user_id = 'ada'
SELECT bool_or(tasks_completed > 0) AS any_done, bool_and(changes > 0) AS all_active FROM user_activity
SELECT dt, hour, sum(changes) FROM gold_user_activity WHERE dt = '2026-10-26' AND hour BETWEEN '04' AND '06' GROUP BY dt, hour ORDER BY hour
SELECT user_id FROM silver_user_changes WHERE op = 'created' EXCEPT SELECT user_id FROM silver_task_changes WHERE op = 'deleted' ORDER BY 1
SELECT status_before || ' -> ' || status_after AS move, count(*) FROM silver_task_changes WHERE status_before <> status_after GROUP BY 1 ORDER BY 2 DESC, 1
SELECT greatest(max(tasks_created), max(tasks_completed)) FROM user_activity
SELECT stddev(changes), avg(changes), avg(changes) + 2 * stddev(changes) FROM user_activity
SELECT json_extract_scalar(raw, '$.user_id') AS who, count(*) FROM silver_rejects GROUP BY 1
SELECT concat(dt, 'T', hour, ':00:00Z') AS hour_start, count(*) FROM silver_task_changes GROUP BY 1 ORDER BY 1 LIMIT 3
SELECT from_iso8601_timestamp(concat(dt, 'T', hour, ':00:00Z')) AS hour_start, count(*) FROM silver_task_changes GROUP BY 1 ORDER BY 1 LIMIT 3
SELECT count(*) FROM user_activity WHERE local_date <> CAST(dt AS date)
SELECT user_id, count(DISTINCT local_date) FROM user_activity GROUP BY user_id ORDER BY 1
SELECT slice(array_agg(task_id ORDER BY at DESC, change_id), 1, 2) FROM silver_task_changes WHERE user_id = 'zoé'
SELECT max_by(status_after, version) AS status, max(version) AS version FROM silver_task_changes GROUP BY task_id ORDER BY 1, 2 LIMIT 4
SELECT task_id, max_by(status_after, at) FROM silver_task_changes GROUP BY task_id ORDER BY task_id LIMIT 4
