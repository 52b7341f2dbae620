SELECT * FROM backlog_ageing
SELECT * FROM business_metrics_kpis
SELECT * FROM category_activity
SELECT * FROM cohort_retention
SELECT * FROM daily_trends
SELECT * FROM task_analytics_category_trends
SELECT * FROM task_analytics_user_metrics
SELECT * FROM user_activity
SELECT * FROM user_analytics
SELECT * FROM user_cycle_times
SELECT * FROM weekly_trends
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
