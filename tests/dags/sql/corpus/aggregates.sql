SELECT count(*), count(category_after), count(DISTINCT category_after), count(1) FROM silver_task_changes
SELECT count(DISTINCT user_id, op) FROM silver_task_changes
SELECT sum(version), avg(version), min(version), max(version) FROM silver_task_changes
SELECT typeof(sum(version)), typeof(avg(version)), typeof(count(*)), typeof(max(at)) FROM silver_task_changes
SELECT sum(x), avg(x), min(x), max(x) FROM (VALUES 1.5, 2.25, 4.10) AS t(x)
SELECT avg(x) FROM (VALUES 1.0, 2.0, 2.0) AS t(x)
SELECT avg(x), sum(x) FROM (VALUES 1, 2, 4) AS t(x)
SELECT sum(x), avg(x), count(x), min(x), array_agg(x) FROM (VALUES CAST(NULL AS bigint)) AS t(x)
SELECT sum(version) FROM silver_task_changes WHERE false
SELECT count_if(version > 1), bool_and(version > 0), bool_or(version > 2), every(version > 1) FROM silver_task_changes
SELECT min(op), max(op), min(at), max(due_date) FROM silver_task_changes
SELECT max_by(task_id, at), min_by(task_id, at) FROM silver_task_changes WHERE user_id = 'zoé'
SELECT max_by(x, y), min_by(x, y) FROM (VALUES ('a', 1), ('b', 3), ('c', NULL)) AS t(x, y)
SELECT max_by(x, y), min_by(x, y) FROM (VALUES (NULL, 5), ('b', 3)) AS t(x, y)
SELECT max(version, 3), min(version, 2) FROM silver_task_changes
SELECT max_by(x, y, 2) FROM (VALUES ('a', 1), ('b', 3), ('c', 2)) AS t(x, y)
SELECT array_agg(x ORDER BY x), array_agg(x ORDER BY x DESC), array_agg(DISTINCT x ORDER BY x) FROM (VALUES 3, 1, NULL, 3) AS t(x)
SELECT array_agg(op ORDER BY version) FROM silver_task_changes WHERE task_id = 'tö1'
SELECT array_agg(x ORDER BY x) FILTER (WHERE x > 1) FROM (VALUES 1, 2, 3) AS t(x)
SELECT count(*) FILTER (WHERE op = 'created'), sum(version) FILTER (WHERE op = 'updated'), count(DISTINCT user_id) FILTER (WHERE op = 'deleted') FROM silver_task_changes
SELECT listagg(x, ',') WITHIN GROUP (ORDER BY x), listagg(x) WITHIN GROUP (ORDER BY x DESC) FROM (VALUES 'b', 'a', NULL) AS t(x)
SELECT listagg(DISTINCT op, '/') WITHIN GROUP (ORDER BY op) FROM silver_task_changes
SELECT arbitrary(x), any_value(x) FROM (VALUES 5, 5) AS t(x)
SELECT map_agg(k, v), multimap_agg(k, v) FROM (VALUES ('a', 1), ('b', 2)) AS t(k, v)
SELECT multimap_agg(op, version) FROM silver_task_changes WHERE task_id = 'tö1'
SELECT histogram(x) FROM (VALUES 'a', 'b', 'a', NULL) AS t(x)
SELECT map_union(x) FROM (VALUES MAP(ARRAY['a'], ARRAY[1])) AS t(x)
SELECT approx_distinct(user_id), approx_distinct(op) FROM silver_task_changes
SELECT approx_percentile(x, 0.5), approx_percentile(x, 0.9), approx_percentile(x, ARRAY[0.25, 0.5, 0.75]) FROM (VALUES 1, 2, 3, 4, 5, 6, 7, 8, 9, 10) AS t(x)
SELECT approx_percentile(x, 0.5), approx_percentile(x, 1.0), approx_percentile(x, 0.0) FROM (VALUES 10, 20, 30) AS t(x)
SELECT approx_percentile(x, 0.5) FROM (VALUES 1.5e0, 2.5e0, 4e0) AS t(x)
SELECT approx_percentile(x, w, 0.5) FROM (VALUES (1, 10), (100, 1)) AS t(x, w)
SELECT approx_percentile(x, 2.0) FROM (VALUES 1, 2) AS t(x)
SELECT stddev(x), stddev_pop(x), stddev_samp(x), variance(x), var_pop(x), var_samp(x) FROM (VALUES 1, 2, 4, 8) AS t(x)
SELECT stddev(x), var_pop(x), stddev_pop(x) FROM (VALUES 5) AS t(x)
SELECT skewness(x), kurtosis(x) FROM (VALUES 1, 2, 4, 8, 16) AS t(x)
SELECT geometric_mean(x) FROM (VALUES 1, 2, 4) AS t(x)
SELECT bitwise_and_agg(x), bitwise_or_agg(x), bitwise_xor_agg(x) FROM (VALUES 6, 3) AS t(x)
SELECT checksum(x) FROM (VALUES 1, 2) AS t(x)
SELECT approx_most_frequent(3, x, 10) FROM (VALUES 'a', 'b', 'a') AS t(x)
SELECT numeric_histogram(2, x) FROM (VALUES 1e0, 2e0, 10e0) AS t(x)
SELECT reduce_agg(x, 0, (a, b) -> a + b, (a, b) -> a + b) FROM (VALUES 1, 2, 3) AS t(x)
SELECT sum(DISTINCT x), avg(DISTINCT x), count(DISTINCT x) FROM (VALUES 1, 1, 3) AS t(x)
SELECT sum(x) FROM (VALUES 'a') AS t(x)
SELECT sum(op) FROM silver_task_changes
SELECT avg(due_date) FROM silver_task_changes
SELECT sum(sum(version)) FROM silver_task_changes
SELECT user_id, count(*) FROM silver_task_changes
SELECT user_id, op, count(*) FROM silver_task_changes GROUP BY user_id
SELECT count(*) FROM silver_task_changes WHERE count(*) > 1
SELECT sum(x) FROM (VALUES 9223372036854775807, 1) AS t(x)
SELECT max(ARRAY[1, 2])
SELECT count() FROM silver_task_changes
SELECT min(x), max(x) FROM (VALUES true, false) AS t(x)
SELECT sum(x), min(x), max(x) FROM (VALUES INTERVAL '1' DAY, INTERVAL '3' DAY) AS t(x)
SELECT avg(x) FROM (VALUES INTERVAL '1' DAY, INTERVAL '3' DAY) AS t(x)
SELECT count(*), count(DISTINCT task_id) FROM bronze_task_changes WHERE after IS NOT NULL
SELECT user_id, array_agg(DISTINCT op ORDER BY op) FROM silver_task_changes GROUP BY user_id ORDER BY user_id
SELECT user_id, map_agg(task_id, status_after) FROM silver_task_changes WHERE user_id = 'zoé' AND op = 'updated' GROUP BY user_id
SELECT approx_percentile(date_diff('second', created_at, completed_at), 0.5) FROM silver_task_changes WHERE completed_at IS NOT NULL
SELECT sum(cycle_seconds_sum) / 3600.0 / nullif(sum(tasks_completed), 0) FROM gold_user_activity
