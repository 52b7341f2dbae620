import multiprocessing
import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.dags.change_log import NOON
from todo_insights.errors import CatalogError, StorageError
from todo_insights.lake.catalog import Outcome, Partition
from todo_insights.lake.sqlite_catalog import SqliteCatalog
from todo_insights.lake.storage import WrittenFile

FIRST = Partition(
    table="gold_user_activity",
    dt="2026-11-20",
    hour="05",
    location="user_activity/run=1",
    files=(WrittenFile("part-00000.parquet", 7, "c1"),),
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


def accept(_: Partition) -> None:
    """Every file is there."""


def refuse(_: Partition) -> None:
    raise StorageError("gone")


@pytest.fixture
def catalog(tmp_path: Path) -> SqliteCatalog:
    return SqliteCatalog(tmp_path / "lake" / "catalog.sqlite")


def outcome(catalog: SqliteCatalog, partition: Partition) -> tuple[Outcome, bool]:
    (publication,) = catalog.publish([partition], NOON, accept)
    return publication.outcome, publication.unneeded


def test_catalog_without_file_is_empty(catalog: SqliteCatalog, tmp_path: Path) -> None:
    assert catalog.snapshot() == []
    assert not (tmp_path / "lake").exists()


def test_published_partition_comes_back_as_it_was(catalog: SqliteCatalog) -> None:
    assert outcome(catalog, FIRST) == (Outcome.PUBLISHED, False)
    assert catalog.snapshot() == [FIRST]


def test_changed_content_replaces_the_old(catalog: SqliteCatalog) -> None:
    outcome(catalog, FIRST)
    assert outcome(catalog, CHANGED) == (Outcome.PUBLISHED, False)
    assert catalog.snapshot() == [CHANGED]


def test_equal_content_keeps_files_and_moves_facts(catalog: SqliteCatalog) -> None:
    outcome(catalog, FIRST)
    assert outcome(catalog, replace(LATER, source_count=9, rejects=2)) == (Outcome.UNCHANGED, True)
    assert catalog.snapshot() == [
        replace(FIRST, as_of=LATER.as_of, provisional=False, source_count=9, rejects=2)
    ]


@pytest.mark.parametrize("older", [replace(FIRST, location="x"), replace(FIRST, location="x", checksum="c3")])
def test_older_reading_never_replaces_a_newer(catalog: SqliteCatalog, older: Partition) -> None:
    outcome(catalog, CHANGED)
    assert outcome(catalog, older) == (Outcome.SUPERSEDED, True)
    assert catalog.snapshot() == [CHANGED]


def test_repeated_publication_keeps_its_own_files(catalog: SqliteCatalog) -> None:
    outcome(catalog, FIRST)
    assert outcome(catalog, FIRST) == (Outcome.UNCHANGED, False)


def test_files_in_use_survive_an_outdated_repeat(catalog: SqliteCatalog) -> None:
    outcome(catalog, FIRST)
    outcome(catalog, LATER)
    assert outcome(catalog, FIRST) == (Outcome.SUPERSEDED, False)


def test_files_a_slow_reader_may_use_survive(catalog: SqliteCatalog) -> None:
    outcome(catalog, FIRST)
    outcome(catalog, CHANGED)
    assert outcome(catalog, FIRST) == (Outcome.SUPERSEDED, False)


def test_superseded_location_is_remembered_with_its_time(catalog: SqliteCatalog, tmp_path: Path) -> None:
    outcome(catalog, FIRST)
    outcome(catalog, CHANGED)
    with sqlite3.connect(tmp_path / "lake" / "catalog.sqlite") as connection:
        rows = connection.execute('SELECT "table", location, superseded_at FROM superseded').fetchall()
    connection.close()
    assert rows == [(FIRST.table, FIRST.location, "2026-11-20T12:00:00.000000Z")]


def test_missing_file_of_one_table_publishes_none(catalog: SqliteCatalog) -> None:
    other = replace(FIRST, table="silver_rejects")

    def only_first(partition: Partition) -> None:
        if partition.table == other.table:
            raise StorageError("gone")

    with pytest.raises(StorageError):
        catalog.publish([FIRST, other], NOON, only_first)
    assert catalog.snapshot() == []


def test_vanished_files_do_not_matter_when_unneeded(catalog: SqliteCatalog) -> None:
    outcome(catalog, FIRST)
    (publication,) = catalog.publish([LATER], NOON, refuse)
    assert publication.outcome is Outcome.UNCHANGED


def test_snapshot_can_be_of_some_tables(catalog: SqliteCatalog) -> None:
    other = replace(FIRST, table="silver_rejects")
    catalog.publish([FIRST, other], NOON, accept)
    assert catalog.snapshot(["silver_rejects"]) == [other]
    assert catalog.snapshot([]) == []


def test_file_that_is_no_catalog_is_a_catalog_error(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    path.write_text("not a database, but long enough to be looked at" * 50)
    with pytest.raises(CatalogError, match=r"catalog\.sqlite"):
        SqliteCatalog(path).snapshot()


def _publish_many(path: Path, process: int, start: datetime) -> None:
    catalog = SqliteCatalog(path)
    for number in range(20):
        hour = replace(
            FIRST,
            hour=f"{number % 4:02}",
            location=f"run={process}-{number}",
            checksum=f"{process}-{number}",
            as_of=start + timedelta(seconds=number * 10 + process),
        )
        both = [hour, replace(hour, table="gold_category_activity")]
        catalog.publish(both, start, accept)


def test_processes_publish_at_once_and_newest_wins(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    # Spawned, so that nothing of this process's state is shared, and all of them race to make the file.
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_publish_many, args=(path, n, NOON)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 4
    partitions = SqliteCatalog(path).snapshot()
    assert len(partitions) == 8
    assert {each.checksum for each in partitions} == {f"3-{number}" for number in (16, 17, 18, 19)}
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
