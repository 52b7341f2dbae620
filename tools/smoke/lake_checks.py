"""The check of the lake: a query must find the written task after its hour was processed."""

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from tools import ToolError
from tools.data_folder import ROOT
from tools.smoke.api_checks import WrittenTask
from tools.smoke.client import Unexpected

HOUR = timedelta(hours=1)
# The hour of the task ends within one hour, and the pipeline publishes it within 15 minutes. Another 15
# minutes are a reserve.
WAIT = HOUR + timedelta(minutes=30)
# A query is repeated after POLL_SECONDS; the state of a running query is read after STATUS_SECONDS.
POLL_SECONDS, STATUS_SECONDS = 60.0, 1.0
ATHENA = re.compile(r"athena://(?P<workgroup>[\w.-]+)/(?P<database>\w+)", re.ASCII)


class Lake(Protocol):
    """A lake in which the check looks for the task."""

    def find(self, task: WrittenTask) -> str:
        """Return a text that states where the lake has the task; raises Unexpected if the task is missing."""


def lake_of(text: str) -> Lake | None:
    """Return the lake that a value of LAKE names, or None for ''; raises ToolError for an invalid value."""
    if not text:
        return None
    if text == "local":
        return LocalLake()
    if found := ATHENA.fullmatch(text):
        return AthenaLake(**found.groupdict())
    raise ToolError(f"LAKE must be local or athena://WORKGROUP/DATABASE, not {text}")


def query_for(task: WrittenTask) -> str:
    """Return the SQL that finds the task by its id and the id of the request that wrote it.

    Raises Unexpected if the API returned an id with other characters than an id can have.
    """
    if not re.fullmatch(r"[\w-]+", task.task_id, re.ASCII):
        raise Unexpected("the id of the task must contain only letters, digits, hyphens and underscores")
    ids = f"task_id = '{task.task_id}' AND request_id = '{task.request_id}'"
    day = f"dt >= '{task.written_at:%Y-%m-%d}'"
    return f"SELECT dt, hour FROM bronze_task_changes WHERE {ids} AND {day}"  # noqa: S608  # checked above


class LocalLake:
    """The lake in DATA_DIR; the check publishes the current hour by a provisional run of the pipeline."""

    def find(self, task: WrittenTask) -> str:
        """Process the hours from the write until now, and query them for the task."""
        first = task.written_at.replace(minute=0, second=0, microsecond=0)
        end = datetime.now(first.tzinfo) + HOUR
        _tools("etl", FROM=f"{first:%Y-%m-%dT%H}", TO=f"{end:%Y-%m-%dT%H}")
        answer = _tools("query", SQL=query_for(task), FORMAT="csv").split()
        if len(answer) != 2:
            raise Unexpected(f"the query found {len(answer) - 1} rows instead of 1")
        return f"in the partition {answer[1].replace(',', ' ')}, published by a provisional run"


@dataclass(frozen=True)
class AthenaLake:
    """A lake on AWS, which Athena queries with the credentials of the environment."""

    workgroup: str
    database: str

    def find(self, task: WrittenTask) -> str:
        """Wait until the hour of the write is published, and query the hour for the task."""
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError

        deadline = time.monotonic() + WAIT.total_seconds()
        try:
            athena = boto3.client("athena")
            while time.monotonic() < deadline:
                rows = self._rows(athena, query_for(task))
                if rows:
                    return f"in the partition {' '.join(rows[0])}"
                time.sleep(POLL_SECONDS)
        except (BotoCoreError, ClientError) as error:
            raise Unexpected(f"Athena: {error}") from error
        raise Unexpected(f"the task is not in the lake after {WAIT}")

    def _rows(self, athena: Any, sql: str) -> list[list[str]]:
        started = athena.start_query_execution(
            QueryString=sql, WorkGroup=self.workgroup, QueryExecutionContext={"Database": self.database}
        )
        query = {"QueryExecutionId": started["QueryExecutionId"]}
        while True:
            status = athena.get_query_execution(**query)["QueryExecution"]["Status"]
            if status["State"] in ("FAILED", "CANCELLED"):
                raise Unexpected(f"Athena: {status.get('StateChangeReason', status['State'])}")
            if status["State"] == "SUCCEEDED":
                break
            time.sleep(STATUS_SECONDS)
        # The first row of Athena's result contains the names of the columns.
        rows = athena.get_query_results(**query)["ResultSet"]["Rows"][1:]
        return [[column.get("VarCharValue", "") for column in row["Data"]] for row in rows]


def _tools(command: str, **variables: str) -> str:
    """Run a command as make does and return its output; raises Unexpected if the command fails."""
    ran = subprocess.run(
        [sys.executable, "-m", "tools", command],
        cwd=ROOT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        last = (ran.stderr.strip() or ran.stdout.strip()).splitlines()[-1:]
        raise Unexpected(f"make {command} failed: {' '.join(last)}")
    return ran.stdout
