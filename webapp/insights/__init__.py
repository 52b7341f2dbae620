"""Insights: the figures of each user, which the hourly pipeline writes to the database."""
