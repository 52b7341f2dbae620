"""`make drill`: cause incidents in a local product, and check alarms, logs and runbooks."""
