"""Insights: the figures of each user, as the hourly run of the pipeline wrote them back."""
