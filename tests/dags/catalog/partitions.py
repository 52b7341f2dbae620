"""Partitions without files, for tests that use only the catalogs."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.dags.change_log import NOON
from todo_insights.catalog.base import Catalog, Outcome, Partition
from todo_insights.core.errors import StorageError
from todo_insights.lake.files import WrittenFile

FIRST = Partition(
    table="gold_user_activity",
    dt="2026-11-20",
    hour="05",
    location="user_activity/dt=2026-11-20/hour=05/run=1",
    files=(WrittenFile("part-00000.parquet", 7, "c1"), WrittenFile("part-00001.parquet", 8, "c2")),
    row_count=3,
    source_count=5,
    rejects=1,
    min_at=NOON,
    max_at=None,
    checksum="c1",
    schema_version=1,
    code_version="0.1.0",
    as_of=NOON,
    run_id="1",
    provisional=True,
)
LATER = replace(
    FIRST, as_of=NOON + timedelta(hours=1), run_id="2", location="user_activity/run=2", provisional=False
)
CHANGED = replace(LATER, checksum="c2", row_count=4)
OTHER = replace(FIRST, table="silver_rejects")
DAY = replace(FIRST, table="gold_user_activity_daily", hour=None, location="user_activity_daily/run=d")
OTHER_DAY = replace(DAY, dt="2026-11-21")
THEN, NOW = NOON + timedelta(hours=2), NOON + timedelta(hours=3)


def with_file(table: str, location: str, file: WrittenFile, **fields: Any) -> Partition:
    """Return the partition of a finished hour or day with one file; `fields` are its other values."""
    finished = {"rejects": 0, "min_at": None, "provisional": False, "checksum": file.checksum}
    return replace(FIRST, table=table, location=location, files=(file,), **{**finished, **fields})


def accept(_: Partition) -> None:
    """Do nothing: as a `confirm` function, this accepts every partition."""


def refuse(_: Partition) -> None:
    raise StorageError("a file is missing")


def shown(*partitions: Partition) -> list[Partition]:
    """Return the partitions as the catalog must return them after they were published at NOW."""
    return [replace(each, published_at=NOW) for each in partitions]


def outcome(catalog: Catalog, partition: Partition) -> tuple[Outcome, bool]:
    """Publish the partition; return the outcome, and whether the new files are not needed."""
    (publication,) = catalog.publish([partition], NOW, accept)
    return publication.outcome, publication.unneeded
