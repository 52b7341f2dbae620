"""On a full disk, the published hour stays unchanged; with free space, a run publishes the new hour."""

import resource
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crashes import NEVER, Crasher
from tests.dags.change_log import created, task
from tests.dags.faults.stepped_hour import rows_of, run_hour
from todo_insights.catalog.stores import open_stores
from todo_insights.core.errors import InsightsError, PublishError, StorageError
from todo_insights.core.settings import Settings
from todo_insights.hourly.extract import Changes, open_changes
from todo_insights.lake.schema import TABLES


def run_hour_with_limit(environ: dict[str, str], bytes_left: int) -> Callable[[], str]:
    """In the forked process: process the hour with a limit on the size of a file; return the error's name."""
    settings = Settings.from_environment(environ)
    # By default, a signal kills the process when a file gets too large. If the signal is ignored, the write
    # fails with an error, as on a full disk.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    def act() -> str:
        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_left, bytes_left))
        try:
            with open_changes(settings) as changes:
                run_hour(changes, open_stores(settings), 2)
        except InsightsError as error:
            return type(error).__name__
        return "none"

    return act


@pytest.mark.parametrize(
    ("bytes_left", "error"),
    [(0, StorageError), (3_500, StorageError), (24_000, PublishError)],
    ids=["at the first file", "at a larger file", "at the catalog"],
)
def test_full_disk_publishes_nothing(
    changes: Changes,
    settings: Settings,
    tmp_path: Path,
    crashes: Crasher,
    bytes_left: int,
    error: type[InsightsError],
) -> None:
    stores = open_stores(settings)
    changes.insert_many([created(task(_id=f"t{number}")) for number in range(3)])
    run_hour(changes, stores, 1)
    before = rows_of(stores)
    changes.insert_many([created(task(_id=f"n{number}")) for number in range(3)])
    environ = {
        "MONGODB_URI": str(settings.mongodb_uri),
        "MONGODB_DATABASE": settings.mongodb_database,
        "LAKE_URI": (tmp_path / "lake").as_uri(),
    }
    follow_ups = crashes.run(
        f"{__name__}:run_hour_with_limit", [], NEVER, {"environ": environ, "bytes_left": bytes_left}
    )
    assert follow_ups == error.__name__
    assert rows_of(stores) == before
    listed = {
        f"{table.zone}/{each.location}/{each.name}" for table in TABLES for each in stores.lake.files(table)
    }
    listed |= {f"bronze/{each.location}/{each.name}" for each in stores.lake.list("bronze", "publications")}
    there = {
        str(path.relative_to(tmp_path / "lake"))
        for zone in settings.zone_uris
        for path in (tmp_path / "lake" / zone).rglob("*")
        if path.is_file()
    }
    # The list of files that maintenance uses contains the incomplete file.
    assert listed == there
    run_hour(changes, stores, 2)
    assert {name: len(rows) for name, rows in rows_of(stores).items()}["bronze_task_changes"] == 6
