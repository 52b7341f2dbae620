SELECT ARRAY[1, 2, 3], ARRAY['a', NULL], ARRAY[], ARRAY[1, 2.5], ARRAY[ARRAY[1], ARRAY[]]
SELECT ARRAY[1, 'a']
SELECT ARRAY[1, 2, 3][1], ARRAY[1, 2, 3][3]
SELECT ARRAY[1][2]
SELECT ARRAY[1][0]
SELECT ARRAY[1][-1]
SELECT element_at(ARRAY[1, 2, 3], 2), element_at(ARRAY[1, 2, 3], -1), element_at(ARRAY[1], 5)
SELECT element_at(ARRAY[1], 0)
SELECT cardinality(ARRAY[1, 2]), cardinality(ARRAY[]), cardinality(NULL)
SELECT contains(ARRAY[1, 2], 2), contains(ARRAY[1, NULL], 2), contains(ARRAY[1, NULL], 1), contains(ARRAY['a'], 'b'), contains(ARRAY[1], NULL)
SELECT array_distinct(ARRAY[1, 2, 1, NULL, NULL]), array_distinct(ARRAY['b', 'a', 'b'])
SELECT array_intersect(ARRAY[1, 2, 3], ARRAY[3, 2, 5]), array_union(ARRAY[1, 2], ARRAY[2, 3, NULL]), array_except(ARRAY[1, 2, 2, 3], ARRAY[3])
SELECT array_join(ARRAY['a', NULL, 'b'], ','), array_join(ARRAY['a', NULL, 'b'], ',', 'x'), array_join(ARRAY[1, 2], '-'), array_join(ARRAY[], ',')
SELECT array_join(ARRAY[1.5, 2.0], ';'), array_join(ARRAY[1e0], ';'), array_join(ARRAY[true], ';'), array_join(ARRAY[DATE '2026-11-29'], ';')
SELECT array_max(ARRAY[1, 5, 3]), array_min(ARRAY[1, 5, 3]), array_max(ARRAY[1, NULL]), array_min(ARRAY['b', 'a'])
SELECT array_position(ARRAY['a', 'b', 'a'], 'a'), array_position(ARRAY['a'], 'x'), array_position(NULL, 1), array_position(ARRAY[1, NULL], 1)
SELECT array_remove(ARRAY[1, 2, 1, NULL], 1), array_remove(ARRAY['a'], 'x')
SELECT array_sort(ARRAY['b', 'a']), array_sort(ARRAY[2.5, 1])
SELECT array_sort(ARRAY[3, 1, 2], (x, y) -> IF(x < y, 1, IF(x = y, 0, -1)))
SELECT array_sort(ARRAY[3, 1, NULL, 2])
SELECT arrays_overlap(ARRAY[1, 2], ARRAY[2, 3]), arrays_overlap(ARRAY[1], ARRAY[2]), arrays_overlap(ARRAY[1, NULL], ARRAY[2]), arrays_overlap(ARRAY[1, NULL], ARRAY[1])
SELECT ARRAY[1] || ARRAY[2], ARRAY[1] || 2, 0 || ARRAY[1], concat(ARRAY[1], ARRAY[2], ARRAY[3]), ARRAY[1] || NULL
SELECT flatten(ARRAY[ARRAY[1, 2], ARRAY[3]]), flatten(ARRAY[ARRAY[1], NULL])
SELECT reverse(ARRAY[1, 2, 3]), slice(ARRAY[1, 2, 3, 4], 2, 2), slice(ARRAY[1, 2, 3, 4], -2, 2), slice(ARRAY[1, 2], 5, 1), trim_array(ARRAY[1, 2, 3], 1)
SELECT slice(ARRAY[1], 0, 1)
SELECT slice(ARRAY[1, 2, 3], 2, 10), slice(ARRAY[1, 2, 3], -5, 2)
SELECT repeat('a', 3), repeat(1, 0), repeat(NULL, 2)
SELECT sequence(1, 5), sequence(5, 1), sequence(1, 10, 3), sequence(0, -4, -2)
SELECT sequence(1, 5, -1)
SELECT sequence(1, 5, 0)
SELECT zip(ARRAY[1, 2], ARRAY['a']), zip(ARRAY[1], ARRAY[2], ARRAY[3])
SELECT zip_with(ARRAY[1, 2], ARRAY[3, 4], (x, y) -> x + y), zip_with(ARRAY['a'], ARRAY['b', 'c'], (x, y) -> concat(x, y))
SELECT transform(ARRAY[1, 2, NULL], x -> x + 1), transform(ARRAY['a'], x -> upper(x)), transform(ARRAY[1, 2], x -> ARRAY[x])
SELECT filter(ARRAY[1, 2, 3], x -> x > 1), filter(ARRAY[1, NULL], x -> x IS NOT NULL), filter(ARRAY[]  , x -> true)
SELECT reduce(ARRAY[1, 2, 3], 0, (s, x) -> s + x, s -> s), reduce(ARRAY[5, 20, 50], CAST(ROW(0.0, 0) AS ROW(sum double, count integer)), (s, x) -> CAST(ROW(x + s.sum, s.count + 1) AS ROW(sum double, count integer)), s -> IF(s.count = 0, NULL, s.sum / s.count))
SELECT reduce(ARRAY['a', 'b'], '', (s, x) -> s || x, s -> upper(s)), reduce(ARRAY[], 0, (s, x) -> s + x, s -> s)
SELECT any_match(ARRAY[1, 2], x -> x > 1), all_match(ARRAY[1, 2], x -> x > 1), none_match(ARRAY[1, 2], x -> x > 5), any_match(ARRAY[1, NULL], x -> x > 1), all_match(ARRAY[], x -> false)
SELECT combinations(ARRAY[1, 2, 3], 2)
SELECT ngrams(ARRAY['a', 'b', 'c'], 2)
SELECT shuffle(ARRAY[1])
SELECT array_histogram(ARRAY['a', 'a'])
SELECT dot_product(ARRAY[1e0], ARRAY[2e0])
SELECT transform(ARRAY[1], x -> y)
SELECT transform(ARRAY[1], (x, y) -> x)
SELECT filter(ARRAY[1], x -> x + 1)
SELECT transform(sequence(1, 3), x -> x * version) FROM silver_task_changes WHERE task_id = 'tö1' ORDER BY version
SELECT task_id, cardinality(after.tags), contains(after.tags, 'α'), array_distinct(after.tags) FROM bronze_task_changes WHERE user_id = 'zoé' ORDER BY change_id
SELECT t.x, t.n FROM UNNEST(ARRAY['a', 'b']) WITH ORDINALITY AS t(x, n) ORDER BY n
SELECT * FROM UNNEST(ARRAY[1, 2], ARRAY['a']) AS t(x, y)
SELECT * FROM UNNEST(MAP(ARRAY['a', 'b'], ARRAY[1, 2])) AS t(k, v)
SELECT * FROM UNNEST(ARRAY[ROW(1, 'a'), ROW(2, 'b')]) AS t(x, y)
SELECT * FROM UNNEST(ARRAY[ROW(1, 'a')]) WITH ORDINALITY AS t(x, y, n)
SELECT * FROM UNNEST(5) AS t(x)
SELECT task_id, tag FROM bronze_task_changes CROSS JOIN UNNEST(after.tags) AS t(tag) WHERE user_id = 'zoé' ORDER BY task_id, tag
SELECT tag, count(DISTINCT task_id) FROM bronze_task_changes CROSS JOIN UNNEST(after.tags) AS t(tag) GROUP BY tag ORDER BY 1
SELECT task_id, tag FROM bronze_task_changes LEFT JOIN UNNEST(after.tags) AS t(tag) ON true WHERE user_id = 'zoé' ORDER BY change_id, tag
SELECT task_id, tag, n FROM bronze_task_changes, UNNEST(after.tags) WITH ORDINALITY AS t(tag, n) WHERE user_id = 'zoé' ORDER BY change_id, n
SELECT x FROM UNNEST(ARRAY[3, 1]) t(x), UNNEST(ARRAY['a']) u(y) ORDER BY x
SELECT x FROM (VALUES ARRAY[1, 2]) AS t(a) CROSS JOIN UNNEST(a) AS u(x) ORDER BY x
