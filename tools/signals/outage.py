"""Reads whether the database of a local product answers, and since when it does not."""

import json
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from tools.data_folder import DataFolder
from tools.services import database
from tools.signals.samples import last_lines

# The messages of webapp/http/circuit_breaker.py.
FAILED, RECOVERED = '"message":"database error"', '"message":"the database is available again"'
TIMEOUT_SECONDS = 2.0


@dataclass(frozen=True)
class DatabaseState:
    """The state of the database at `address`: the milliseconds until it answered, or its problem.

    `failing_since` is the time of the first failed request of the API in this outage, None if no request has
    failed.
    """

    address: str
    milliseconds: float
    problem: str
    failing_since: datetime | None


def read_database(uri: str | None, folder: DataFolder) -> DatabaseState:
    """Send a ping to the database; if it does not answer, find the start of the outage in the API's log.

    Without a URI, the product is stopped.
    """
    if uri is None:
        return DatabaseState("the database", 0, "neither make run nor make api uses this folder", None)
    started = time.monotonic()
    problem = database.problem(uri, round(1000 * TIMEOUT_SECONDS))
    milliseconds = 1000 * (time.monotonic() - started)
    since = _failing_since(folder) if problem else None
    return DatabaseState(database.address(uri), milliseconds, problem, since)


def _failing_since(folder: DataFolder) -> datetime | None:
    """Return the time of the first failed request after the last recovery and after the product's start."""
    since = None
    for line in last_lines(folder.log("api")):
        if RECOVERED in line:
            since = None
        elif since is None and FAILED in line:
            # The first line that was read may be incomplete.
            with suppress(ValueError):
                since = datetime.fromisoformat(json.loads(line)["timestamp"])
                if folder.started and since < folder.started:
                    since = None
    return since
