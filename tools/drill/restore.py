"""`make restore-drill`: lose the database, then the lake, and measure each recovery.

The recovery time ends when the API is ready, or when the pipeline has finished. The recovery point is the
number of changes that were committed before the loss and are missing after the recovery.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pymongo
from rich.console import Console
from rich.table import Table

from tools.data_folder import BIN, ROOT, DataFolder
from tools.drill.product import (
    FAILURES,
    START_SECONDS,
    TASKS,
    Database,
    DrillFailed,
    interrupt_on_signals,
    running_api,
    running_database,
)
from tools.services import api, database
from tools.supervision.ports import free_port

USERS, DAYS = os.environ.get("USERS") or "50", os.environ.get("DAYS") or "3"
# The numbers of tasks that are written after the backup, and after the last run of the pipeline.
AFTER_BACKUP, AFTER_RUN = 30, 10
ALL_CHANGES = " UNION ALL ".join(f"SELECT change_id FROM bronze_{each}_changes" for each in ("task", "user"))  # noqa: S608  # constants


@dataclass(frozen=True)
class Recovery:
    """A measured recovery: loss, command, seconds, and the actual and expected numbers of lost changes."""

    loss: str
    command: str
    seconds: float
    lost: int
    expected: int


def main() -> int:
    """Run the drill and print a table; returns 1 if a recovery loses more or fewer changes than expected."""
    interrupt_on_signals()
    console = Console() if sys.stdout.isatty() else Console(width=140)
    try:
        with TemporaryDirectory(prefix="todo-restore-") as root, console.status("Measuring recoveries"):
            total, recoveries = _measure(DataFolder(Path(root) / "data"), Path(root) / "backup")
    except FAILURES as error:
        console.print(f"failed: {error}", markup=False)
        return 1
    except KeyboardInterrupt:
        return 130
    table = Table("lost", "recovery", "recovery time", "recovery point", title=f"{total} changes")
    for each in recoveries:
        point = f"{each.lost} changes lost, {each.expected} expected"
        table.add_row(each.loss, each.command, f"{each.seconds:.1f} s", point)
    console.print(table)
    failed = sum(each.lost != each.expected for each in recoveries)
    console.print(f"{len(recoveries)} recoveries, {failed} failed")
    return 1 if failed else 0


def _measure(folder: DataFolder, backup: Path) -> tuple[int, list[Recovery]]:
    with running_database(folder) as mongodb:
        environment = _use(folder, mongodb, backup)
        stored, in_lake = _changes_in_database(mongodb), _changes_in_lake(environment)

        def restore_backup() -> None:
            shutil.copytree(backup, folder.path / "database")
            mongodb.start()

        def rebuild_database() -> None:
            mongodb.start()
            _run(["flask", "changes", "rebuild", "--from-lake"], environment)

        def lose_database(command: str, recover: Callable[[], None], expected: int) -> Recovery:
            mongodb.kill()
            shutil.rmtree(folder.path / "database")
            started = time.monotonic()
            recover()
            with api.running(folder, environment, free_port(), START_SECONDS):
                seconds = time.monotonic() - started
            lost = len(stored - _changes_in_database(mongodb))
            return Recovery("database", command, seconds, lost, expected)

        from_backup = lose_database("a copy of its files", restore_backup, AFTER_BACKUP + AFTER_RUN)
        from_lake = lose_database("make rebuild", rebuild_database, AFTER_RUN)

        def lose_lake(loss: str, pattern: str, command: str) -> Recovery:
            for each in folder.path.glob(pattern):
                shutil.rmtree(each) if each.is_dir() else each.unlink()
            started = time.monotonic()
            _run(["python", "-m", "todo_insights", command], environment)
            seconds = time.monotonic() - started
            return Recovery(
                loss,
                "make etl" if command == "run" else "make recover",
                seconds,
                len(in_lake - _changes_in_lake(environment)),
                0,
            )

        catalog = lose_lake("catalog of the lake", "lake/catalog.sqlite*", "recover")
        lake = lose_lake("lake", "lake", "run")
    return len(stored), [from_backup, from_lake, catalog, lake]


def _use(folder: DataFolder, mongodb: Database, backup: Path) -> dict[str, str]:
    """Write sample activity, back up the database, write more tasks; returns the environment variables."""
    with running_api(folder, database.uri(mongodb.port)) as product:
        environment = dict(product.environment)
        _run(["flask", "sample-data", "--users", USERS, "--days", DAYS], environment)
        _run(["python", "-m", "todo_insights", "run"], environment)
        _back_up(folder.path / "database", backup)
        for number in range(AFTER_BACKUP):
            product.client.send("POST", TASKS, 201, {"title": f"After the backup {number}"})
        _run(["python", "-m", "todo_insights", "run"], environment)
        for number in range(AFTER_RUN):
            product.client.send("POST", TASKS, 201, {"title": f"After the run {number}"})
    return environment


def _back_up(source: Path, target: Path) -> None:
    """Copy the database while its server runs; SQLite makes the copy of each file consistent."""
    target.mkdir()
    for file in source.glob("*.db"):
        with closing(sqlite3.connect(file)) as opened, closing(sqlite3.connect(target / file.name)) as copy:
            opened.backup(copy)


def _changes_in_database(mongodb: Database) -> set[str]:
    with pymongo.MongoClient[dict[str, Any]](database.uri(mongodb.port)) as client:
        return {str(each["_id"]) for each in client["todo"].changes.find({}, {"_id": 1})}


def _changes_in_lake(environment: dict[str, str]) -> set[str]:
    command = ["python", "-m", "todo_insights", "query", ALL_CHANGES, "--format", "csv"]
    return set(_run(command, environment).split()[1:])


def _run(command: list[str], environment: dict[str, str]) -> str:
    """Run a program of this virtualenv; returns its output, and raises DrillFailed if it fails."""
    program, *arguments = command
    ran = subprocess.run(
        [BIN / program, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if ran.returncode:
        raise DrillFailed(f"{' '.join(command)} failed ({ran.returncode}): {ran.stderr.strip()[-500:]}")
    return ran.stdout


if __name__ == "__main__":
    sys.exit(main())
