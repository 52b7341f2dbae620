"""The services of a local installation: the API and its database, and Airflow and its database."""
