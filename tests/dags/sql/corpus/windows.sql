SELECT x, row_number() OVER (ORDER BY x), rank() OVER (ORDER BY x), dense_rank() OVER (ORDER BY x) FROM (VALUES 1, 2, 2, 3) AS t(x) ORDER BY x, 2
SELECT x, percent_rank() OVER (ORDER BY x), cume_dist() OVER (ORDER BY x), ntile(2) OVER (ORDER BY x) FROM (VALUES 1, 2, 3, 4) AS t(x) ORDER BY x
SELECT x, lag(x) OVER (ORDER BY x), lead(x, 2) OVER (ORDER BY x), lag(x, 1, 0) OVER (ORDER BY x) FROM (VALUES 1, 2, 3) AS t(x) ORDER BY x
SELECT x, first_value(x) OVER (ORDER BY x), last_value(x) OVER (ORDER BY x), nth_value(x, 2) OVER (ORDER BY x) FROM (VALUES 1, 2, 3) AS t(x) ORDER BY x
SELECT x, last_value(x) OVER (ORDER BY x ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM (VALUES 1, 2, 3) AS t(x) ORDER BY x
SELECT x, sum(x) OVER (ORDER BY x), sum(x) OVER (), avg(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING), count(*) OVER () FROM (VALUES 1, 2, 2, 5) AS t(x) ORDER BY x
SELECT x, sum(x) OVER (ORDER BY x ROWS UNBOUNDED PRECEDING), sum(x) OVER (ORDER BY x ROWS 1 PRECEDING) FROM (VALUES 1, 2, 3) AS t(x) ORDER BY x
SELECT x, sum(x) OVER (ORDER BY x RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES 1, 2, 4) AS t(x)
SELECT x, sum(x) OVER (ORDER BY x GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM (VALUES 1, 2, 2, 4) AS t(x) ORDER BY x
SELECT lag(x) IGNORE NULLS OVER (ORDER BY o), first_value(x) IGNORE NULLS OVER (ORDER BY o), last_value(x) IGNORE NULLS OVER (ORDER BY o) FROM (VALUES (1, NULL), (2, 'a'), (3, NULL), (4, 'b')) AS t(o, x) ORDER BY o
SELECT x, row_number() OVER w, sum(x) OVER w FROM (VALUES 1, 2) AS t(x) WINDOW w AS (ORDER BY x DESC) ORDER BY x
SELECT o, row_number() OVER (ORDER BY x DESC), rank() OVER (ORDER BY x NULLS FIRST) FROM (VALUES (1, 5), (2, NULL)) AS t(o, x) ORDER BY o
SELECT user_id, task_id, row_number() OVER (PARTITION BY user_id ORDER BY at, change_id) AS n FROM silver_task_changes ORDER BY user_id, n LIMIT 5
SELECT task_id, status_after FROM (SELECT *, row_number() OVER (PARTITION BY task_id ORDER BY version DESC) AS rn FROM silver_task_changes) WHERE rn = 1 ORDER BY task_id LIMIT 5
SELECT dt, sum(changes) AS n, sum(sum(changes)) OVER (ORDER BY dt) AS running FROM user_activity GROUP BY dt ORDER BY dt
SELECT dt, sum(changes) - lag(sum(changes)) OVER (ORDER BY dt) AS change FROM user_activity GROUP BY dt ORDER BY dt
SELECT user_id, sum(changes) AS n, 100.0 * sum(changes) / sum(sum(changes)) OVER () AS share FROM user_activity GROUP BY user_id ORDER BY user_id
SELECT user_id, rank() OVER (ORDER BY sum(changes) DESC) AS place FROM user_activity GROUP BY user_id ORDER BY place, user_id
SELECT task_id, date_diff('minute', lag(at) OVER (PARTITION BY task_id ORDER BY version), at) AS gap FROM silver_task_changes WHERE user_id = 'zoé' ORDER BY task_id, version
SELECT x FROM (VALUES 1) AS t(x) WHERE row_number() OVER () = 1
SELECT row_number() FROM (VALUES 1) AS t(x)
SELECT rank() OVER () FROM (VALUES 1) AS t(x)
SELECT sum(x) OVER (ORDER BY row_number() OVER ()) FROM (VALUES 1) AS t(x)
SELECT count(DISTINCT x) OVER () FROM (VALUES 1) AS t(x)
SELECT upper('a') OVER ()
SELECT max(x) OVER (PARTITION BY x % 2), min(x) OVER (PARTITION BY x % 2 ORDER BY x) FROM (VALUES 1, 2, 3) AS t(x) ORDER BY x
SELECT array_agg(x) OVER (ORDER BY x) FROM (VALUES 1, 2) AS t(x) ORDER BY x
SELECT sum(x) FILTER (WHERE x > 1) OVER () FROM (VALUES 1, 2, 3) AS t(x)
SELECT approx_percentile(x, 0.5) OVER () FROM (VALUES 1, 2, 3) AS t(x)
SELECT x, sum(x) OVER (PARTITION BY y ORDER BY x ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) FROM (VALUES (1, 'a'), (2, 'a'), (3, 'b')) AS t(x, y) ORDER BY x
SELECT max_by(x, y) OVER (PARTITION BY z) FROM (VALUES (1, 2, 3), (4, 5, 3)) AS t(x, y, z)
SELECT sum(count(*)) OVER (ORDER BY op), op FROM silver_task_changes GROUP BY op ORDER BY op
