"""Creates sample activity and its insights when a data folder is used for the first time."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from rich.console import Console

from tools import ToolError
from tools.data_folder import BIN, ROOT, DataFolder
from tools.supervision.processes import MARK, run_id

SEED = 7
SAMPLE = ("--users", "50", "--days", "3", "--seed", str(SEED))
HOUR_FORMAT = "%Y-%m-%dT%H"
# The length of the last part of the sample activity, which Airflow processes again so that its UI shows runs.
REPROCESSED = timedelta(hours=3)


@dataclass(frozen=True)
class FirstRun:
    """The hour (UTC) of the first use of a data folder, and whether its sample activity is complete."""

    hour: str
    complete: bool = False

    @property
    def airflow_start_date(self) -> str:
        """The first hour for which Airflow schedules the hourly DAG; earlier hours need a backfill."""
        start = datetime.strptime(self.hour, HOUR_FORMAT).replace(tzinfo=UTC)
        return (start - REPROCESSED).isoformat()


def create_sample_data(folder: DataFolder, env: Mapping[str, str], console: Console) -> FirstRun:
    """Write the sample activity and process its hours, once, and only if the database has no data.

    An interrupted first run continues where it stopped. Raises ToolError if a command fails.
    """
    first_run = load_or_create(folder)
    if first_run.complete:
        return first_run
    if _is_empty(env) or _started_file(folder).exists():
        _started_file(folder).touch()
        console.print("First run: writing sample activity of 50 users over 3 days, then its insights.")
        _run([BIN / "flask", "sample-data", *SAMPLE, "--until", first_run.hour], env)
        _run([BIN / "python", "-m", "todo_insights", "run"], env)
        _run([BIN / "python", "-m", "todo_insights", "report", "--to-gold"], env)
    completed = FirstRun(first_run.hour, complete=True)
    _state_file(folder).write_text(json.dumps(asdict(completed)))
    return completed


def load_or_create(folder: DataFolder) -> FirstRun:
    """Return the state stored in the folder; if there is none, store a state with the current hour."""
    path = _state_file(folder)
    if not path.exists():
        path.write_text(json.dumps(asdict(FirstRun(datetime.now(UTC).strftime(HOUR_FORMAT)))))
    return FirstRun(**json.loads(path.read_text()))


def has_sample_data(folder: DataFolder) -> bool:
    """Return whether the first run in this folder has written sample activity."""
    return _started_file(folder).exists() and load_or_create(folder).complete


def sample_login() -> tuple[str, str]:
    """Return the e-mail address and the password of a user of the sample activity."""
    # The module is imported here because the import is slow, and the module is needed only at the first run.
    from webapp.sample.timeline import PASSWORD

    return f"ada.{SEED}.0@example.com", PASSWORD


def _started_file(folder: DataFolder) -> Path:
    return _state_file(folder).with_suffix(".started")


def _state_file(folder: DataFolder) -> Path:
    return folder.path / "beginnings.json"


def _is_empty(env: Mapping[str, str]) -> bool:
    name = env.get("MONGODB_DATABASE", "todo")
    client: MongoClient[dict[str, Any]]
    with MongoClient(env["MONGODB_URI"], serverSelectionTimeoutMS=5000) as client:
        return client[name].changes.find_one({}, {"_id": 1}) is None


def _run(command: list[str | Path], env: Mapping[str, str]) -> None:
    # If this process is killed, the guardian process finds the command by the environment variable MARK, and
    # ends it.
    done = subprocess.run(command, env={**env, MARK: run_id()}, cwd=ROOT, check=False)
    if done.returncode != 0:
        raise ToolError(
            f"`{' '.join(map(str, command[1:]))}` failed with exit status {done.returncode}; see its output."
        )
