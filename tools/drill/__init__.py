"""`make drill`: causes incidents in a local product, and checks alarms, logs and runbooks."""
