"""Functions and the operator of todo_history_rebuild; the pipeline and AWS are imported only inside tasks."""

import logging
import subprocess
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException

from .resources import AWS_CONNECTION, TaskResources, now, task_variables

logger = logging.getLogger(__name__)

# The settings that a history rebuild needs; it needs no connection to the database and no secrets.
_PASSED_ON = ("BRONZE_URI", "SILVER_URI", "GOLD_URI", "LAKE_URI", "CATALOG_URI", "TODO_ENVIRONMENT")
# The timeout of the history rebuild is less than RUN_TIMEOUT, so that time is left to compact and write back
# the finished days.
REBUILD_TIMEOUT = timedelta(hours=10)
_POLL_SECONDS = 60
# The folder into which EMR Serverless unpacks the archive, relative to the working folder of Spark's
# processes.
_ENVIRONMENT = "environment"


def planned_days(params: Mapping[str, str | None]) -> list[str]:
    """The days that the params of the run name; an invalid range fails the task without a retry."""
    from todo_insights.core.errors import HourError
    from todo_insights.history.days import days_between

    try:
        return days_between(params["from_day"], params["to_day"], now())
    except HourError as error:
        raise AirflowFailException(str(error)) from error


class RunRebuild(BaseOperator):  # type: ignore[misc]  # Airflow is not installed beside mypy.
    """Rebuilds days on EMR Serverless if the settings name an application, otherwise on this machine.

    On EMR Serverless, this operator uses the operator of the Amazon provider, which asks for the state of the
    job each minute. The provider is imported at run time, because its import takes longer than Airflow allows
    for parsing a DAG file. A rebuild with the same run id continues after the last finished day, even while
    an earlier job of the same run is still running.
    """

    template_fields = ("first", "end", "rebuild_id")

    def __init__(self, *, first: str, end: str, rebuild_id: str, **options: Any) -> None:
        super().__init__(**options)
        self.first, self.end, self.rebuild_id = first, end, rebuild_id

    def execute(self, context: Any) -> str | None:
        """Run the rebuild until it ends; returns the id of the job on EMR Serverless."""
        variables = task_variables()
        if variables.get("HISTORY_APPLICATION_ID"):
            return str(self._emr_operator(variables).execute(context))
        run_locally(variables, self._arguments())
        return None

    def _arguments(self) -> list[str]:
        return ["--from", self.first, "--to", self.end, "--id", self.rebuild_id]

    def _emr_operator(self, variables: Mapping[str, str]) -> Any:
        from airflow.providers.amazon.aws.operators.emr import EmrServerlessStartJobOperator

        return EmrServerlessStartJobOperator(
            task_id=self.task_id,
            aws_conn_id=AWS_CONNECTION,
            deferrable=False,
            waiter_delay=_POLL_SECONDS,
            waiter_max_attempts=int(REBUILD_TIMEOUT.total_seconds() // _POLL_SECONDS),
            name="todo_history_rebuild",
            **emr_job(variables, self._arguments()),
        )


def emr_job(variables: Mapping[str, str], arguments: list[str]) -> dict[str, Any]:
    """Build the arguments of StartJobRun.

    https://docs.aws.amazon.com/emr-serverless/latest/APIReference/API_StartJobRun.html

    The code and the Python environment come from the artefact bucket. The executors of Spark receive the
    settings with each task. Raises SettingsError for a missing setting.
    """
    from todo_insights.core.errors import SettingsError

    names = [
        f"HISTORY_{name}" for name in ("APPLICATION_ID", "ROLE_ARN", "ARTEFACTS_URI", "LOG_GROUP", "REGION")
    ]
    if missing := [name for name in names if not variables.get(name)]:
        raise SettingsError(f"set {', '.join(missing)} in the Airflow variable todo_settings")
    artefacts = variables["HISTORY_ARTEFACTS_URI"].rstrip("/")
    python, libraries = f"./{_ENVIRONMENT}/bin/python", f"./{_ENVIRONMENT}/lib"
    conf = {
        "spark.archives": f"{artefacts}/environment.tar.gz#{_ENVIRONMENT}",
        "spark.submit.pyFiles": f"{artefacts}/todo_insights.zip",
        "spark.emr-serverless.driverEnv.PYSPARK_DRIVER_PYTHON": python,
        "spark.emr-serverless.driverEnv.PYSPARK_PYTHON": python,
        "spark.executorEnv.PYSPARK_PYTHON": python,
        "spark.emr-serverless.driverEnv.LD_LIBRARY_PATH": libraries,
        "spark.executorEnv.LD_LIBRARY_PATH": libraries,
        "spark.emr-serverless.driverEnv.AWS_DEFAULT_REGION": variables["HISTORY_REGION"],
        "spark.executorEnv.AWS_DEFAULT_REGION": variables["HISTORY_REGION"],
    } | {
        f"spark.emr-serverless.driverEnv.{name}": variables[name]
        for name in _PASSED_ON
        if variables.get(name)
    }
    return {
        "application_id": variables["HISTORY_APPLICATION_ID"],
        "execution_role_arn": variables["HISTORY_ROLE_ARN"],
        "region_name": variables["HISTORY_REGION"],
        "job_driver": {
            "sparkSubmit": {
                "entryPoint": f"{artefacts}/main.py",
                "entryPointArguments": arguments,
                "sparkSubmitParameters": " ".join(f"--conf {name}={value}" for name, value in conf.items()),
            }
        },
        "configuration_overrides": {
            "monitoringConfiguration": {
                "cloudWatchLoggingConfiguration": {
                    "enabled": True,
                    "logGroupName": variables["HISTORY_LOG_GROUP"],
                }
            }
        },
    }


def run_locally(variables: Mapping[str, str], arguments: list[str]) -> None:
    """Run the rebuild with the PySpark of the virtualenv that HISTORY_PYTHON names.

    Raises AirflowFailException if PySpark is not installed, and PublishError if the rebuild fails.
    """
    from todo_insights.core.errors import PublishError

    python = variables.get("HISTORY_PYTHON", "")
    if not Path(python).is_file():
        raise AirflowFailException(
            "a rebuild needs Spark, which is not installed; run `make spark` (it needs Java 17), "
            "then clear this task"
        )
    dags = str(Path(__file__).parents[1])
    env = {name: variables[name] for name in (*_PASSED_ON, "PATH", "JAVA_HOME") if variables.get(name)}
    env |= {"PYTHONPATH": dags, "SPARK_LOCAL_IP": "127.0.0.1"}
    command = [python, "-m", "todo_insights.history", *arguments]
    last = ""
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr or ():
            last = line.strip()
            logger.info(last)
    if process.returncode:
        raise PublishError(last or f"the rebuild ended with status {process.returncode}")


def finish(days: list[str], rebuild_id: str, resources: TaskResources) -> dict[str, Any]:
    """Compact the changed hours and write them back; the task fails when some days are not finished.

    The task may be repeated: days and insights that are already written do not change.
    """
    from todo_insights.history.days import changed_hours, recorded_days
    from todo_insights.maintenance.compaction import compact_changed
    from todo_insights.user_insights.write_back import write_back

    done = recorded_days(rebuild_id, resources.stores.lake)
    hours = changed_hours(done.values())
    if hours:
        compact_changed(hours, resources.stores, now())
        write_back(hours, resources.database, resources.stores, now())
    if missing := [dt for dt in days if dt not in done]:
        raise AirflowFailException(
            f"{len(missing)} of {len(days)} days are not rebuilt, the first is {missing[0]}; "
            "clear rebuild_days, which continues after the last finished day"
        )
    return {
        "days": len(done),
        "hours": sum(each.hours for each in done.values()),
        "changes": sum(each.changes for each in done.values()),
        "rejects": sum(each.rejects for each in done.values()),
        "changed_hours": len(hours),
    }
