-- Which ten users have completed the largest share of their live tasks?
-- Parameters: 3, the smallest number of live tasks; 10, the number of users.
SELECT user_id, total_tasks, completed_tasks, completion_rate
FROM task_analytics_user_metrics
WHERE total_tasks >= 3
ORDER BY completion_rate DESC, completed_tasks DESC, user_id
LIMIT 10
