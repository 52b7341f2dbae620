"""A script for the Python of Airflow: prints the settings that a task reads from Airflow."""

import json
import sys


def main(folder: str) -> None:
    """Print the addresses of the lake and the database that the tasks of the DAGs in this folder use."""
    sys.path.insert(0, folder)
    from todo_airflow.resources import task_settings

    settings = task_settings()
    report = {
        "zones": dict(settings.zone_uris),
        "catalog": settings.catalog_uri,
        "environment": settings.environment,
        "database": settings.mongodb_database,
        "address": settings.mongodb_uri,
    }
    sys.stdout.write("\n" + json.dumps(report))


if __name__ == "__main__":
    main(sys.argv[1])
