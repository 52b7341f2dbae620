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
SELECT date_trunc('hour', at) AS hour, count(*) FROM silver_task_changes WHERE dt = '2026-10-26' GROUP BY 1 ORDER BY 1
SELECT user_id, count(*) FILTER (WHERE op = 'created') AS created, count(*) FILTER (WHERE op = 'deleted') AS deleted FROM silver_task_changes GROUP BY user_id ORDER BY user_id
SELECT op, min(version), max(version), avg(version) FROM silver_task_changes GROUP BY op ORDER BY op
SELECT status_after, round(avg(date_diff('second', created_at, at)) / 3600.0, 2) AS hours FROM silver_task_changes GROUP BY status_after ORDER BY status_after
SELECT count(DISTINCT user_id) AS users, count(DISTINCT task_id) AS tasks, CAST(count(DISTINCT task_id) AS double) / count(DISTINCT user_id) AS per_user FROM silver_task_changes
SELECT hour, sum(changes) FROM gold_user_activity GROUP BY hour ORDER BY CAST(hour AS integer) LIMIT 5
SELECT dt, max(at) AS newest FROM silver_task_changes GROUP BY dt ORDER BY newest DESC
SELECT user_id, dt, rank() OVER (PARTITION BY dt ORDER BY sum(changes) DESC, user_id) AS place FROM user_activity GROUP BY user_id, dt ORDER BY dt, place LIMIT 6
SELECT t.task_id, t.version, lead(t.status_after) OVER (PARTITION BY t.task_id ORDER BY t.version) AS next FROM silver_task_changes t WHERE t.user_id = 'zoé' ORDER BY 1, 2
WITH first AS (SELECT user_id, min(dt) AS day FROM user_activity GROUP BY user_id), later AS (SELECT DISTINCT user_id, dt FROM user_activity) SELECT first.day, count(DISTINCT first.user_id) AS joined, count(DISTINCT later.user_id) AS back FROM first LEFT JOIN later ON later.user_id = first.user_id AND later.dt > first.day GROUP BY first.day
SELECT category_after, count(*) AS n, rank() OVER (ORDER BY count(*) DESC) AS place FROM silver_task_changes GROUP BY category_after ORDER BY place, category_after
SELECT user_id, sum(tasks_completed) AS done FROM user_activity GROUP BY user_id HAVING sum(tasks_completed) > (SELECT avg(tasks_completed) FROM user_activity) ORDER BY done DESC, user_id
SELECT coalesce(status_before, 'new') AS was, status_after AS now, count(*) FROM silver_task_changes GROUP BY 1, 2 ORDER BY 1, 2
SELECT approx_percentile(cycle_seconds_sum, ARRAY[0.5, 0.9]) FROM gold_user_activity WHERE cycle_seconds_sum > 0
SELECT dt, array_agg(DISTINCT user_id ORDER BY user_id) AS users FROM silver_task_changes GROUP BY dt ORDER BY dt
SELECT dt, cardinality(array_agg(DISTINCT user_id)) AS users FROM silver_task_changes GROUP BY dt ORDER BY dt
SELECT dt, array_join(array_agg(DISTINCT op ORDER BY op), '|') AS ops FROM silver_task_changes GROUP BY dt ORDER BY dt
SELECT format('%s: %d', op, count(*)) FROM silver_task_changes GROUP BY op ORDER BY op
SELECT CAST(round(100.0 * count_if(op = 'deleted') / count(*), 1) AS varchar) || ' %' FROM silver_task_changes
SELECT user_id FROM silver_task_changes INTERSECT SELECT user_id FROM silver_user_changes ORDER BY user_id
SELECT date_diff('day', min(CAST(dt AS date)), max(CAST(dt AS date))) + 1 AS days FROM user_activity
SELECT day, count(u.user_id) FROM UNNEST(ARRAY['2026-10-25', '2026-10-26', '2026-10-27']) AS t(day) LEFT JOIN user_activity u ON u.dt = day GROUP BY day ORDER BY day
SELECT at_timezone(CAST(max(at) AS timestamp with time zone), 'Europe/Berlin') FROM silver_task_changes
SELECT date_format(at, '%Y-%m-%d %H:00') AS hour, count(*) FROM silver_task_changes GROUP BY 1 ORDER BY 1 LIMIT 4
SELECT date_format(date_trunc('week', at), '%x-W%v') AS week, count(*) FROM silver_task_changes GROUP BY 1 ORDER BY 1
SELECT time_zone, date_format(at_timezone(at, time_zone), '%Y-%m-%d %H:%i') FROM silver_task_changes ORDER BY at, change_id LIMIT 4
SELECT u.user_id FROM silver_user_changes u LEFT JOIN silver_task_changes t ON t.user_id = u.user_id WHERE t.task_id IS NULL ORDER BY 1
SELECT max(n) FROM (SELECT count(*) AS n FROM silver_task_changes GROUP BY task_id, user_id)
SELECT width_bucket(version, 1, 5, 4) AS bucket, count(*) FROM silver_task_changes GROUP BY 1 ORDER BY 1
SELECT sum(version) / count(*), sum(version) % count(*), sum(version) * 1e0 / count(*) FROM silver_task_changes
SELECT user_id, regexp_replace(email_masked, '^(.).*@', '$1***@') FROM silver_user_changes WHERE op = 'created' ORDER BY user_id
SELECT b.op, b.before.version, b.after.version FROM bronze_task_changes b WHERE b.task_id = 'tö1' ORDER BY b.version
SELECT count(*) FROM bronze_task_changes WHERE after.title LIKE '%🛒%'
SELECT any_match(after.tags, t -> t = 'β') AS tagged, count(*) FROM bronze_task_changes WHERE after IS NOT NULL GROUP BY 1 ORDER BY 1
SELECT transform(after.tags, t -> upper(t)) FROM bronze_task_changes WHERE task_id = 'tö1' AND op = 'created'
SELECT reduce(array_agg(version), BIGINT '0', (s, x) -> s + x, s -> s) FROM silver_task_changes
SELECT task_id, CASE WHEN completed_at IS NULL THEN NULL WHEN date_diff('hour', created_at, completed_at) < 1 THEN 'fast' ELSE 'slow' END AS speed FROM silver_task_changes ORDER BY change_id LIMIT 5
SELECT extract(hour FROM at) AS h, extract(dow FROM at) AS d, count(*) FROM silver_task_changes GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 5
SELECT (SELECT count(*) FROM silver_task_changes WHERE op = 'created') - (SELECT count(*) FROM silver_task_changes WHERE op = 'deleted') AS net
SELECT user_id, task_id FROM silver_task_changes t WHERE version = (SELECT max(version) FROM silver_task_changes x WHERE x.task_id = t.task_id) ORDER BY 1, 2 LIMIT 5
SELECT sum(changes) OVER (ORDER BY dt ROWS BETWEEN 2 PRECEDING AND CURRENT ROW), dt FROM (SELECT dt, sum(changes) AS changes FROM user_activity GROUP BY dt) ORDER BY dt
SELECT avg(n) OVER (ORDER BY dt ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) AS week_average, dt FROM (SELECT dt, count(*) AS n FROM silver_task_changes GROUP BY dt) ORDER BY dt
SELECT tags.tag, count(*) AS n FROM bronze_task_changes b CROSS JOIN UNNEST(b.after.tags) AS tags(tag) WHERE b.op = 'created' GROUP BY tags.tag ORDER BY n DESC, tags.tag
SELECT split(task_id, '-')[1] AS prefix, count(*) FROM silver_task_changes WHERE task_id LIKE 'day%' GROUP BY 1 ORDER BY 1
SELECT from_unixtime(to_unixtime(max(at))) FROM silver_task_changes
SELECT CAST(sum(tasks_completed) AS decimal(10,2)) / nullif(sum(tasks_created), 0) FROM user_activity
SELECT user_id, coalesce(try(sum(tasks_completed) / nullif(sum(tasks_created), 0)), 0) FROM user_activity GROUP BY user_id ORDER BY user_id
SELECT json_extract_scalar(raw, '$.after.version') AS version, CAST(json_extract_scalar(raw, '$.version') AS integer) + 1 FROM silver_rejects ORDER BY change_id
SELECT DISTINCT ON (user_id) user_id FROM silver_task_changes
SELECT user_id, COUNT(*) AS "Number of changes" FROM silver_task_changes GROUP BY user_id ORDER BY "Number of changes" DESC, user_id LIMIT 2
SELECT user_id AS u FROM silver_task_changes WHERE u = 'zoé'
SELECT usr_id FROM silver_task_changes
SELECT count(*) FROM silver_task_changes WHERE dt = DATE '2026-10-25'
SELECT count(*) FROM silver_task_changes WHERE hour = 4
SELECT sum(category_after) FROM silver_task_changes
SELECT date_ad('day', 1, current_date)
SELECT concat('n = ', count(*)) FROM silver_task_changes
SELECT user_id || version FROM silver_task_changes
SELECT dt + 1 FROM user_activity
SELECT due_date + 1 FROM silver_task_changes
SELECT at - 3600 FROM silver_task_changes
SELECT datediff('day', due_date, current_date) FROM silver_task_changes
SELECT getdate()
SELECT to_char(at, 'YYYY') FROM silver_task_changes
SELECT nvl(category_after, 'x') FROM silver_task_changes
SELECT user_id, op FROM silver_task_changes GROUP BY user_id ORDER BY op
SELECT substring_index('a.b', '.', 1)
SELECT median(version) FROM silver_task_changes
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY version) FROM silver_task_changes
SELECT group_concat(op) FROM silver_task_changes
SELECT iff(true, 1, 2)
