"""Health: what load balancers and operators ask."""
