SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = 'lake' ORDER BY table_name
SELECT column_name, data_type, ordinal_position FROM information_schema.columns WHERE table_name = 'silver_task_changes' AND table_schema = 'lake' AND ordinal_position <= 16 ORDER BY ordinal_position
SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'daily_trends' AND table_schema = 'lake' AND data_type NOT LIKE 'varchar%' AND column_name IN ('dt', 'active_users', 'avg_cycle_hours', 'completion_rate') ORDER BY ordinal_position
SELECT table_name, count(*) FROM information_schema.columns WHERE table_schema = 'lake' AND column_name IN ('dt', 'user_id', 'change_id', 'at', 'changes') GROUP BY table_name ORDER BY 1
SELECT schema_name FROM information_schema.schemata WHERE schema_name = 'lake'
SELECT table_catalog, is_nullable FROM awsdatacatalog.information_schema.columns WHERE table_name = 'silver_rejects' AND column_name = 'reason'
SELECT * FROM "gold_user_activity$partitions" ORDER BY dt, hour
SELECT dt, count(*) FROM "silver_task_changes$partitions" GROUP BY dt ORDER BY dt
SELECT max(dt) FROM lake."gold_category_activity_daily$partitions"
SELECT p.dt FROM "gold_user_activity_daily$partitions" p JOIN gold_user_activity_daily g ON g.dt = p.dt GROUP BY p.dt
SELECT * FROM "nosuch$partitions"
SELECT nope FROM "gold_user_activity$partitions"
SELECT nope FROM information_schema.tables
SELECT * FROM information_schema.nosuch
EXPLAIN (TYPE VALIDATE) SELECT count(*) FROM silver_task_changes
EXPLAIN SELECT nope FROM silver_task_changes
EXPLAIN SELECT count(*) FROM silver_task_changes
