"""The first start: sample activity and its insights, so that there is something to look at."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from rich.console import Console

from tools.errors import ToolError
from tools.places import BIN, ROOT, DataFolder

SAMPLE = ("--users", "50", "--days", "3", "--seed", "7")
HOUR_FORMAT = "%Y-%m-%dT%H"
# Airflow repeats these last hours of the sample, so that its grid shows runs from the first minute.
REPEATED = timedelta(hours=3)


@dataclass(frozen=True)
class Beginnings:
    """When this data folder came to life (`hour`, UTC), and whether its sample activity is complete."""

    hour: str
    complete: bool = False

    @property
    def airflow_start_date(self) -> str:
        """From when on the hourly DAG has runs of its own accord; earlier hours take a backfill."""
        begun = datetime.strptime(self.hour, HOUR_FORMAT).replace(tzinfo=UTC)
        return (begun - REPEATED).isoformat()


def fill_once(folder: DataFolder, env: Mapping[str, str], console: Console) -> Beginnings:
    """Write the sample activity and process its hours, unless this was done or the database is in use.

    A first start that was cut short is taken up where it ended.
    """
    begun = remember(folder)
    if begun.complete:
        return begun
    if _is_fresh(env) or _note(folder).with_suffix(".started").exists():
        _note(folder).with_suffix(".started").touch()
        console.print("First start: writing sample activity of 50 users over 3 days, then its insights.")
        _call([BIN / "flask", "sample-data", *SAMPLE, "--until", begun.hour], env)
        _call([BIN / "python", "-m", "todo_insights", "run"], env)
    done = Beginnings(begun.hour, complete=True)
    _note(folder).write_text(json.dumps(asdict(done)))
    return done


def remember(folder: DataFolder) -> Beginnings:
    """Read the note of the first start; write it if this is the first."""
    note = _note(folder)
    if not note.exists():
        note.write_text(json.dumps(asdict(Beginnings(datetime.now(UTC).strftime(HOUR_FORMAT)))))
    return Beginnings(**json.loads(note.read_text()))


def _note(folder: DataFolder) -> Path:
    return folder.path / "beginnings.json"


def _is_fresh(env: Mapping[str, str]) -> bool:
    name = env.get("MONGODB_DATABASE", "todo")
    client: MongoClient[dict[str, Any]]
    with MongoClient(env["MONGODB_URI"], serverSelectionTimeoutMS=5000) as client:
        return client[name].changes.find_one({}, {"_id": 1}) is None


def _call(command: list[str | Path], env: Mapping[str, str]) -> None:
    done = subprocess.run(command, env=dict(env), cwd=ROOT, check=False)
    if done.returncode != 0:
        raise ToolError(
            f"`{' '.join(map(str, command[1:]))}` failed (exit code {done.returncode}); see above."
        )
