"""Errors, hours, settings, logs, and clients of the database and of AWS, which every package uses."""
