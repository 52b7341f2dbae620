"""Run by Airflow's own interpreter: prints what a task learns from the connection and the variable."""

import json
import sys


def main(folder: str) -> None:
    """Print where the lake and the database are, as the tasks of this folder's DAGs find them."""
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
