"""Insights: the statistics of each user, which the hourly pipeline writes to the database."""
