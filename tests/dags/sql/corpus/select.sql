SELECT 1
SELECT 1 AS a, 'x' AS "B c", 2
SELECT op AS Op, TASK_ID, s.user_id FROM silver_task_changes s WHERE task_id = 'tö1' ORDER BY version
SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS t(x, y) ORDER BY x
SELECT * FROM (VALUES 1, 2) ORDER BY 1
SELECT t.*, t.x + 1 FROM (VALUES 1) AS t(x)
SELECT *
SELECT x.* FROM (VALUES 1) AS t(x)
SELECT nope FROM silver_task_changes
SELECT task_ids FROM silver_task_changes
SELECT s.nope FROM silver_task_changes s
SELECT z.task_id FROM silver_task_changes s
SELECT count(*) FROM silver_task_change
SELECT count(*) FROM nosuch.silver_task_changes
SELECT count(*) FROM "AwsDataCatalog"."lake"."silver_task_changes"
SELECT count(*) FROM awsdatacatalog.lake.silver_task_changes AS t WHERE t.op = 'created'
SELECT count(*) FROM lake.user_activity WHERE lake.user_activity.changes > 0
SELECT count(*) FROM Silver_Task_Changes
SELECT count(*) FROM "silver_task_changes"
SELECT count(*) FROM other.lake.silver_task_changes
SELECT a + 1 AS b FROM (VALUES 1) AS t(a) WHERE b > 1
SELECT op AS kind, count(*) FROM silver_task_changes GROUP BY kind
SELECT op AS kind, count(*) AS n FROM silver_task_changes GROUP BY op HAVING n > 1
SELECT op AS kind, count(*) AS n FROM silver_task_changes GROUP BY op HAVING count(*) > 5 ORDER BY n DESC, kind
SELECT op, count(*) FROM silver_task_changes GROUP BY 1 ORDER BY 2 DESC, 1
SELECT op, count(*) FROM silver_task_changes GROUP BY 3
SELECT op FROM silver_task_changes ORDER BY 2
SELECT upper(op), count(*) FROM silver_task_changes GROUP BY upper(op) ORDER BY upper(op)
SELECT upper(op), count(*) FROM silver_task_changes GROUP BY op ORDER BY op
SELECT op, user_id FROM silver_task_changes GROUP BY op
SELECT op || 'x', max(version) + 1 FROM silver_task_changes GROUP BY op ORDER BY 1
SELECT count(*) FROM silver_task_changes HAVING count(*) > 1000
SELECT op FROM silver_task_changes GROUP BY op HAVING op LIKE 'c%'
SELECT user_id, op, count(*) FROM silver_task_changes GROUP BY ROLLUP (user_id, op) ORDER BY 1, 2, 3
SELECT user_id, op, count(*) FROM silver_task_changes GROUP BY CUBE (user_id, op) ORDER BY 1, 2, 3
SELECT user_id, op, count(*), grouping(user_id, op) FROM silver_task_changes GROUP BY GROUPING SETS ((user_id), (op), ()) ORDER BY 1, 2
SELECT user_id, op, count(*) FROM silver_task_changes GROUP BY GROUPING SETS ((user_id, op), ()) ORDER BY 1, 2
SELECT user_id, count(*) FROM silver_task_changes GROUP BY ALL
SELECT DISTINCT op FROM silver_task_changes ORDER BY op
SELECT DISTINCT op FROM silver_task_changes ORDER BY version
SELECT DISTINCT op, status_after FROM silver_task_changes ORDER BY op, status_after
SELECT DISTINCT upper(op) FROM silver_task_changes ORDER BY upper(op)
SELECT x FROM (VALUES 2, NULL, 1) AS t(x) ORDER BY x
SELECT x FROM (VALUES 2, NULL, 1) AS t(x) ORDER BY x DESC
SELECT x FROM (VALUES 2, NULL, 1) AS t(x) ORDER BY x NULLS FIRST
SELECT x FROM (VALUES 2, NULL, 1) AS t(x) ORDER BY x DESC NULLS LAST
SELECT x AS y, -x AS x FROM (VALUES 1, 2) AS t(x) ORDER BY x
SELECT x FROM (VALUES 1, 2, 3) AS t(x) ORDER BY -x, x + 1
SELECT x FROM (VALUES 'b', 'B', 'a', 'é', 'z') AS t(x) ORDER BY x
SELECT x FROM (VALUES 1, 2, 3) AS t(x) ORDER BY x LIMIT 2
SELECT x FROM (VALUES 1, 2, 3) AS t(x) ORDER BY x OFFSET 1 LIMIT 1
SELECT x FROM (VALUES 1, 2, 3) AS t(x) ORDER BY x LIMIT 1 OFFSET 1
SELECT x FROM (VALUES 1, 2, 3) AS t(x) ORDER BY x FETCH FIRST 2 ROWS ONLY
SELECT x FROM (VALUES 1, 1, 2) AS t(x) ORDER BY x FETCH FIRST 1 ROWS WITH TIES
SELECT x FROM (VALUES 1, 2, 3) AS t(x) ORDER BY x OFFSET 1 ROWS FETCH NEXT ROW ONLY
SELECT x FROM (VALUES 1, 2) AS t(x) ORDER BY x LIMIT ALL
SELECT x FROM (VALUES 1, 2) AS t(x) ORDER BY x LIMIT 0
SELECT x FROM (VALUES 1, 2) AS t(x) LIMIT -1
SELECT x FROM (VALUES 1, 2) AS t(x) LIMIT 1 + 1
VALUES (1, 'a'), (2, 'b')
VALUES 1, 2.5
VALUES (1, 'a'), (2)
VALUES (1), ('a')
TABLE business_metrics_kpis
SELECT 1 UNION SELECT 1
SELECT 1 UNION ALL SELECT 2.5 ORDER BY 1
SELECT 1 AS a UNION ALL SELECT 2 AS b ORDER BY a DESC
SELECT 1 UNION SELECT 'a'
SELECT 1 UNION SELECT 1, 2
SELECT 1 INTERSECT SELECT 1
SELECT 1 EXCEPT SELECT 2
(SELECT 1 AS x UNION ALL SELECT 1) EXCEPT ALL SELECT 1
SELECT x FROM (VALUES 1, 2, 3) AS t(x) EXCEPT SELECT x FROM (VALUES 2) AS u(x) ORDER BY x
(SELECT 2 AS x) UNION ALL (SELECT 1 LIMIT 1) ORDER BY x
SELECT NULL UNION ALL SELECT 1 ORDER BY 1
SELECT DATE '2026-01-01' UNION ALL SELECT TIMESTAMP '2026-01-02 00:00:00' ORDER BY 1
WITH a AS (SELECT 1 AS x), b AS (SELECT x + 1 AS y FROM a) SELECT a.x, b.y FROM a CROSS JOIN b
WITH a(x, y) AS (VALUES (1, 2)) SELECT y FROM a
WITH a(x) AS (VALUES (1, 2)) SELECT x FROM a
WITH a AS (SELECT 1 AS x), a AS (SELECT 2) SELECT 1
WITH silver_task_changes AS (SELECT 1 AS x) SELECT x FROM silver_task_changes
WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT n FROM t ORDER BY n
WITH t AS (SELECT * FROM silver_task_changes) SELECT count(*) FROM t JOIN t AS u ON t.change_id = u.change_id
SELECT (SELECT count(*) FROM silver_task_changes), (SELECT max(op) FROM silver_task_changes)
SELECT (SELECT op FROM silver_task_changes)
SELECT (SELECT 1, 2)
SELECT (SELECT 1 WHERE false)
SELECT count(*) FROM silver_task_changes WHERE user_id IN (SELECT user_id FROM silver_user_changes)
SELECT count(*) FROM silver_user_changes u WHERE NOT EXISTS (SELECT 1 FROM silver_task_changes t WHERE t.user_id = u.user_id)
SELECT u.user_id, (SELECT count(*) FROM silver_task_changes t WHERE t.user_id = u.user_id) FROM silver_user_changes u ORDER BY 1
SELECT count(*) FROM silver_task_changes WHERE category_after NOT IN (SELECT category FROM gold_category_activity)
SELECT count(*) FROM silver_task_changes WHERE version IN (SELECT op FROM silver_task_changes)
SELECT version FROM silver_task_changes WHERE version > (SELECT avg(version) FROM silver_task_changes) ORDER BY 1 DESC LIMIT 1
SELECT a.x, b.y FROM (VALUES 1, 2) AS a(x) JOIN (VALUES 2, 3) AS b(y) ON a.x = b.y
SELECT a.x, b.y FROM (VALUES 1, 2) AS a(x) LEFT JOIN (VALUES 2, 3) AS b(y) ON a.x = b.y ORDER BY 1
SELECT a.x, b.y FROM (VALUES 1, 2) AS a(x) RIGHT OUTER JOIN (VALUES 2, 3) AS b(y) ON a.x = b.y ORDER BY 2
SELECT a.x, b.y FROM (VALUES 1, 2) AS a(x) FULL JOIN (VALUES 2, 3) AS b(y) ON a.x = b.y ORDER BY 1, 2
SELECT k, a.v, b.v FROM (VALUES (1, 'a')) AS a(k, v) JOIN (VALUES (1, 'b')) AS b(k, v) USING (k)
SELECT * FROM (VALUES (1, 'a')) AS a(k, v) FULL JOIN (VALUES (2, 'b')) AS b(k, w) USING (k) ORDER BY k
SELECT a.k FROM (VALUES (1, 'a')) AS a(k, v) JOIN (VALUES (1, 'b')) AS b(k, w) USING (k)
SELECT * FROM (VALUES 1) AS a(x) NATURAL JOIN (VALUES 1) AS b(x)
SELECT x FROM (VALUES 1) AS a(x) CROSS JOIN (VALUES 1) AS b(x)
SELECT a.x FROM (VALUES 1) AS a(x) JOIN (VALUES 1) AS b(x)
SELECT a.x FROM (VALUES 1) AS a(x) JOIN (VALUES 'a') AS b(y) ON a.x = b.y
SELECT a.x, b.y FROM (VALUES 1, 2) AS a(x), (VALUES 3) AS b(y) WHERE a.x = 2
SELECT a.x, u.y FROM (VALUES 1, 2) AS a(x) CROSS JOIN LATERAL (SELECT a.x * 10 AS y) AS u ORDER BY 1
SELECT t.op, u.email_masked FROM silver_task_changes t JOIN silver_user_changes u ON t.user_id = u.user_id AND u.op = 'created' WHERE t.task_id = 'tö1' ORDER BY t.version
SELECT s.task_id FROM silver_task_changes s JOIN bronze_task_changes b USING (change_id) WHERE b.request_id IS NULL
SELECT task_id, op FROM silver_task_changes TABLESAMPLE BERNOULLI (100) LIMIT 0
SELECT x FROM (SELECT 1 AS x, 2 AS x)
SELECT count(*) FROM (SELECT 1 AS x, 2 AS x)
SELECT x FROM (VALUES (1)) AS t(x, y)
SELECT 1 FROM silver_task_changes, silver_task_changes WHERE op = 'x'
SELECT op op FROM silver_task_changes LIMIT 0
SELECT 'a' 'b'
SELECT 1;
SELECT 1 /* a comment */
SELECT count(*) FROM silver_task_changes WHERE op = "created"
SELECT op FROM silver_task_changes WHERE LIMIT 1
SELEC 1
SELECT FROM silver_task_changes
SELECT op, FROM silver_task_changes
SELECT op FROM silver_task_changes WHERE op == 'created'
SELECT op::varchar FROM silver_task_changes
SELECT op FROM silver_task_changes WHERE op ILIKE 'C%'
SELECT `op` FROM silver_task_changes
SELECT op FROM silver_task_changes QUALIFY row_number() OVER () = 1
SELECT op FROM silver_task_changes WHERE op IN ()
SELECT TOP 5 op FROM silver_task_changes
SELECT * EXCEPT (op) FROM silver_task_changes
SELECT count(*) FROM silver_task_changes GROUP BY
SELECT (1
INSERT INTO silver_task_changes SELECT * FROM nosuch
SELECT date FROM silver_task_changes
SELECT max(version) m, min(version) AS "select" FROM silver_task_changes
SELECT count(*) c FROM gold_user_activity WHERE dt = '2026-10-25'
SELECT count(*) FROM gold_user_activity_daily
SELECT dt, hour, count(*) FROM silver_task_changes GROUP BY dt, hour ORDER BY dt, hour LIMIT 5
SELECT 1 WHERE 1 = 1
SELECT 1 WHERE NULL
SELECT 1 LIMIT 1
SELECT EXISTS (SELECT 1 FROM silver_rejects), NOT EXISTS (SELECT 1 FROM silver_rejects WHERE false)
