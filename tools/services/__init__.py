"""The services of a local installation: the API, Airflow, and the database server of each."""
