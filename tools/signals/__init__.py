"""The signals of a local product: its metrics, and the alarms and the dashboard of the templates."""
