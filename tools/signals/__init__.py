"""The metrics of a local product, and the alarms and the dashboard of the templates for these metrics."""
