"""Tasks: the endpoints of single tasks, lists, batches and histories, and the rules for tasks."""
