SELECT 1 = 1.0, 1 < 2, 1 <> 2, 1 != 1, 2 >= 2, 1 <= 0
SELECT NULL = NULL, NULL IS NULL, 1 IS NOT NULL, NULL <> 1
SELECT 1 IS DISTINCT FROM NULL, NULL IS DISTINCT FROM NULL, 1 IS NOT DISTINCT FROM 1
SELECT 'a' < 'b', 'B' < 'a', 'é' > 'z', '' < 'a', 'abc' = 'abc '
SELECT 5 BETWEEN 1 AND 10, 5 NOT BETWEEN 1 AND 4, NULL BETWEEN 1 AND 2, 'b' BETWEEN 'a' AND 'c'
SELECT DATE '2026-11-29' < TIMESTAMP '2026-11-29 00:00:01', DATE '2026-11-29' = TIMESTAMP '2026-11-29 00:00:00'
SELECT DATE '2026-11-29' = '2026-11-29'
SELECT 1 = '1'
SELECT 'a' = 1
SELECT 1 IN (1, 2), 3 IN (1, NULL), 1 NOT IN (2, 3), NULL IN (1), 1.5 IN (1, 1.5)
SELECT 'a' IN ('a', 1)
SELECT nan() = nan(), nan() <> nan(), nan() > 1e0, 1e0 < nan(), infinity() > 1e308
SELECT greatest(1, 2, 3), least(1, 2, 3), greatest('a', 'b'), least(1.5, 2)
SELECT greatest(1, NULL), least(NULL, 'a'), greatest(DATE '2026-01-01', DATE '2026-02-01')
SELECT 'abc' LIKE 'a%', 'abc' LIKE '_b_', 'abc' NOT LIKE 'b%', 'abc' LIKE 'ABC', NULL LIKE 'a'
SELECT '100%' LIKE '100\%' ESCAPE '\', 'a_b' LIKE 'a!_b' ESCAPE '!', 'axb' LIKE 'a!_b' ESCAPE '!'
SELECT 'a\b' LIKE 'a\b', 'a%b' LIKE 'a%b', 'über' LIKE '_ber'
SELECT 'abc' LIKE 'a%' ESCAPE 'xx'
SELECT 1 LIKE '1'
SELECT 1 = ALL (VALUES 1, 1), 1 > ANY (VALUES 0, 5), 3 <> ALL (VALUES 1, 2), 1 = SOME (VALUES 1, 2)
SELECT ARRAY[1, 2] = ARRAY[1, 2], ARRAY[1] <> ARRAY[2], ROW(1, 'a') = ROW(1, 'a')
SELECT ARRAY[1, NULL] = ARRAY[1, 2]
SELECT MAP(ARRAY[1], ARRAY[2]) = MAP(ARRAY[1], ARRAY[2])
SELECT (1, 2) = (1, 2), (1, 'a') IN ((1, 'a'), (2, 'b')), (1, NULL) IN ((1, 2)), (1, NULL) IN ((2, 2))
SELECT count(*) FROM silver_task_changes WHERE (user_id, op) IN (('zoé', 'created'), ('ada', 'deleted'))
SELECT TIMESTAMP '2026-11-29 10:00:00 UTC' = TIMESTAMP '2026-11-29 05:00:00 America/New_York'
SELECT true > false, true AND NULL, false AND NULL, true OR NULL, NOT NULL
SELECT 1 AND true
SELECT NOT 1
SELECT true = 1
SELECT count(*) FROM silver_task_changes WHERE version
SELECT count(*) FROM silver_task_changes WHERE user_id = 5
SELECT count(*) FROM silver_task_changes WHERE at > '2026-10-25'
SELECT count(*) FROM silver_task_changes WHERE at > TIMESTAMP '2026-10-25 12:00:00'
SELECT count(*) FROM silver_task_changes WHERE at >= DATE '2026-10-26'
SELECT count(*) FROM gold_user_activity WHERE dt >= '2026-10-26' AND hour < '06'
SELECT count(*) FROM silver_task_changes WHERE due_date = '2026-10-26'
SELECT count(*) FROM silver_task_changes WHERE due_date BETWEEN DATE '2026-10-25' AND DATE '2026-10-26'
SELECT count(*) FROM silver_task_changes WHERE category_after IS DISTINCT FROM category_before
SELECT 1 IS TRUE
