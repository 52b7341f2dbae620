-- How do whole weeks compare?
-- One row per week with a change, named by its Monday (UTC). The first and the last week may be incomplete.
SELECT week, active_users, net_new_users, tasks_created, tasks_completed, tasks_reopened, tasks_deleted, on_time_rate
FROM weekly_trends
WHERE week >= DATE '${first_week}' AND week < DATE '${end}'
ORDER BY week
