"""The files that a deployment uploads: the bundle of the API, the DAGs and their requirements."""
