"""The files that a deployment uploads: the API's bundle, the DAGs, their requirements, the Spark job."""
