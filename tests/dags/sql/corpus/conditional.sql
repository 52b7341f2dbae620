SELECT CASE 1 WHEN 1 THEN 'one' WHEN 2 THEN 'two' END, CASE WHEN false THEN 1 END, CASE NULL WHEN NULL THEN 1 ELSE 2 END
SELECT CASE WHEN true THEN 1 ELSE 2.5 END, CASE WHEN false THEN 1 ELSE 2e0 END
SELECT CASE WHEN true THEN 1 ELSE 'a' END
SELECT IF(true, 1, 2), IF(false, 1), IF(NULL, 'a', 'b'), IF(1 < 2, 'x')
SELECT IF(1, 2, 3)
SELECT COALESCE(NULL, 2, 3), COALESCE(NULL, 'a'), COALESCE(1, 2.5)
SELECT COALESCE(1, 'a')
SELECT COALESCE(NULL, NULL)
SELECT COALESCE(1)
SELECT NULLIF(1, 1), NULLIF(1, 2), NULLIF('a', 'b'), NULLIF(1, 1.0), NULLIF(NULL, 1)
SELECT TRY(1 / 0), TRY(5 / 2), COALESCE(TRY(CAST('x' AS bigint)), 0)
SELECT TRY(CAST('2026-99-99' AS date)), TRY(ARRAY[1][5]), TRY(element_at(ARRAY[1], 2))
SELECT IF(false, 1 / 0, 5), CASE WHEN true THEN 1 ELSE 1 / 0 END
SELECT CASE WHEN status_after = 'completed' THEN 'done' ELSE 'open' END AS state, count(*) FROM silver_task_changes GROUP BY 1 ORDER BY 1
SELECT sum(CASE WHEN op = 'created' THEN 1 ELSE 0 END), count(CASE WHEN op = 'created' THEN 1 END) FROM silver_task_changes
SELECT sum(IF(op = 'deleted', 1, 0)), count_if(op = 'deleted') FROM silver_task_changes
SELECT CASE WHEN 1 THEN 2 END
SELECT CASE op WHEN 1 THEN 2 END FROM silver_task_changes
