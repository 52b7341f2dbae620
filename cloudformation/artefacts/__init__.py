"""The files that a deployment uploads: the API, the password rotation, the DAGs and the Spark job."""
