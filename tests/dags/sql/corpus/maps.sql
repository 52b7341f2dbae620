SELECT MAP(ARRAY['a', 'b'], ARRAY[1, 2]), MAP(), MAP(ARRAY[1], ARRAY[NULL])
SELECT MAP(ARRAY['a', 'a'], ARRAY[1, 2])
SELECT MAP(ARRAY['a'], ARRAY[1, 2])
SELECT MAP(ARRAY[NULL], ARRAY[1])
SELECT MAP(ARRAY['a'], ARRAY[1])['a']
SELECT MAP(ARRAY['a'], ARRAY[1])['b']
SELECT element_at(MAP(ARRAY['a'], ARRAY[1]), 'a'), element_at(MAP(ARRAY['a'], ARRAY[1]), 'b')
SELECT cardinality(MAP(ARRAY['a'], ARRAY[1])), map_keys(MAP(ARRAY['a', 'b'], ARRAY[1, 2])), map_values(MAP(ARRAY['a', 'b'], ARRAY[1, 2]))
SELECT map_entries(MAP(ARRAY['a'], ARRAY[1])), map_from_entries(ARRAY[ROW('a', 1), ROW('b', 2)])
SELECT map_concat(MAP(ARRAY['a'], ARRAY[1]), MAP(ARRAY['a', 'b'], ARRAY[5, 2]))
SELECT map_filter(MAP(ARRAY['a', 'b'], ARRAY[1, 2]), (k, v) -> v > 1)
SELECT transform_values(MAP(ARRAY['a', 'b'], ARRAY[1, 2]), (k, v) -> v * 10), transform_keys(MAP(ARRAY['a'], ARRAY[1]), (k, v) -> upper(k))
SELECT map_zip_with(MAP(ARRAY['a'], ARRAY[1]), MAP(ARRAY['a'], ARRAY[2]), (k, v1, v2) -> v1 + v2)
SELECT multimap_from_entries(ARRAY[ROW('a', 1), ROW('a', 2)])
SELECT map_entries(map_agg(op, version)) FROM silver_task_changes WHERE task_id = 'tö2' AND op = 'created'
SELECT MAP(ARRAY['a'], ARRAY[1])[1]
SELECT MAP(ARRAY[1, 2], ARRAY['x', 'y'])[2], MAP(ARRAY['a'], ARRAY[ARRAY[1, 2]])['a'][2]
SELECT ROW(1, 'x'), ROW(1, 'x')[1], CAST(ROW(1, 'x') AS ROW(a integer, b varchar)).a
SELECT CAST(ROW(1) AS ROW(a integer)).b
SELECT ROW(1, 2)[3]
SELECT r.a, r.b FROM (SELECT CAST(ROW(1, 'x') AS ROW(a integer, b varchar)) AS r)
SELECT after.title, after.status, before.status FROM bronze_task_changes WHERE task_id = 'tö1' ORDER BY version
SELECT b.after.category, b.after.tags[1] FROM bronze_task_changes b WHERE task_id = 'tö1' ORDER BY version LIMIT 1
SELECT ROW(after.name, after.version) FROM bronze_user_changes WHERE user_id = 'zoé'
SELECT after.nope FROM bronze_task_changes
SELECT op.x FROM bronze_task_changes
SELECT before IS NULL, after IS NULL FROM bronze_task_changes WHERE task_id = 'tö1' ORDER BY version
SELECT map_agg(op, n)['created'] FROM (SELECT op, count(*) AS n FROM silver_task_changes GROUP BY op)
SELECT k, v FROM (SELECT histogram(op) AS h FROM silver_task_changes) CROSS JOIN UNNEST(h) AS t(k, v) ORDER BY k
SELECT map_keys(histogram(op)) FROM silver_task_changes WHERE op = 'created'
