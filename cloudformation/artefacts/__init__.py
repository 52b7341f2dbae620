"""What deployments upload: the bundle of the API, the DAGs and their requirements."""
