"""The hourly pipeline: plan slices of the log, process each slice, and publish the files of an hour."""
