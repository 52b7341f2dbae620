-- How many tasks are created and completed each day, and how many users are active?
-- One row per UTC day with a change.
SELECT dt, active_users, net_new_users, tasks_created, tasks_completed, tasks_reopened, tasks_deleted, live_tasks
FROM daily_trends
WHERE dt >= '${first}' AND dt < '${end}'
ORDER BY dt
