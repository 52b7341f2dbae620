"""A script for the Python of Airflow: logs as a task does, and prints the task log as a JSON array."""

import io
import json
import logging
import sys

from airflow.sdk.log import configure_logging

from todo_airflow.policy import log_failure
from todo_airflow.task_logs import forward_to_airflow
from todo_insights.core.logs import LogEntry


class Failed:
    dag_id, task_id, map_index, try_number = "todo_hourly_insights", "publish", -1, 4


def main(secret: str) -> None:
    configure_logging(json_output=True, output=(lines := io.BytesIO()))
    forward_to_airflow()
    forward_to_airflow()
    logging.getLogger("todo_insights.hourly.publish").info(
        LogEntry("hour published", "publish", window="2026-11-20T12", rows=3)
    )
    try:
        raise ValueError(secret)
    except ValueError as error:
        logging.getLogger("todo_airflow.hourly").exception("could not look for late hours")
        log_failure({"ti": Failed(), "exception": error, "run_id": "scheduled"})
    sys.stdout.write(json.dumps([json.loads(line) for line in lines.getvalue().splitlines()]))


main(sys.argv[1])
