"""The hourly pipeline: from an interval of the log to verified files."""
