"""The signals of a local product: metrics, alarms evaluated from the templates, and log lines."""
