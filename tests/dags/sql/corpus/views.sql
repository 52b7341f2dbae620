SELECT status, priority, age, tasks, overdue_tasks, oldest_days FROM backlog_ageing
SELECT metric, value FROM business_metrics_kpis
SELECT dt, category, priority, changes, tasks_created, tasks_updated, tasks_completed, tasks_reopened, tasks_deleted, tasks_restored, cycle_seconds_sum, completed_on_time, completed_late, pending_delta, in_progress_delta, completed_delta, cancelled_delta FROM category_activity
SELECT cohort, weeks_later, cohort_users, active_users, retention FROM cohort_retention
SELECT dt, active_users, net_new_users, tasks_created, tasks_completed, tasks_reopened, tasks_deleted, avg_cycle_hours, on_time_rate, total_users, live_tasks, completion_rate FROM daily_trends
SELECT dt, category, priority, changes, tasks_created, tasks_updated, tasks_completed, tasks_reopened, tasks_deleted, tasks_restored, cycle_seconds_sum, completed_on_time, completed_late, pending_tasks, in_progress_tasks, completed_tasks, cancelled_tasks, total_tasks FROM task_analytics_category_trends
SELECT user_id, pending_tasks, in_progress_tasks, completed_tasks, cancelled_tasks, total_tasks, tasks_created, tasks_completed, tasks_reopened, tasks_deleted, completion_rate, avg_cycle_hours, on_time_rate FROM task_analytics_user_metrics
SELECT dt, user_id, local_date, account_delta, changes, tasks_created, tasks_updated, tasks_completed, tasks_reopened, tasks_deleted, tasks_restored, cycle_seconds_sum, completed_on_time, completed_late, pending_delta, in_progress_delta, completed_delta, cancelled_delta, first_change_at, last_change_at FROM user_activity
SELECT user_id, registered_at, active_days, changes, live_tasks, completion_rate, last_change_at FROM user_analytics
SELECT user_id, completions, median_cycle_hours FROM user_cycle_times
SELECT week, active_users, net_new_users, tasks_created, tasks_completed, tasks_reopened, tasks_deleted, avg_cycle_hours, on_time_rate, active_users_before, tasks_completed_before FROM weekly_trends
SELECT metric, value FROM business_metrics_kpis ORDER BY metric
SELECT metric, round(value, 2) FROM business_metrics_kpis WHERE metric LIKE '%rate' ORDER BY 1
SELECT category, priority, pending_tasks, completed_tasks FROM task_analytics_category_trends WHERE dt = '2026-10-25' ORDER BY completed_tasks DESC, category, priority LIMIT 1
SELECT dt, active_users, tasks_created, tasks_completed FROM daily_trends ORDER BY dt DESC
SELECT week, active_users, active_users - active_users_before AS change FROM weekly_trends ORDER BY week
SELECT cohort, weeks_later, retention FROM cohort_retention WHERE weeks_later > 0 ORDER BY cohort, weeks_later
SELECT user_id, median_cycle_hours FROM user_cycle_times ORDER BY median_cycle_hours DESC, user_id LIMIT 3
SELECT user_id, completion_rate, on_time_rate FROM task_analytics_user_metrics ORDER BY completion_rate DESC, user_id
SELECT status, sum(tasks) FROM backlog_ageing GROUP BY status ORDER BY status
SELECT dt, count(DISTINCT user_id) FROM user_activity WHERE changes > 0 GROUP BY dt ORDER BY dt
SELECT a.user_id, a.live_tasks, m.pending_tasks FROM user_analytics a JOIN task_analytics_user_metrics m USING (user_id) ORDER BY user_id
SELECT avg(completion_rate) FROM user_analytics
