"""Behaviour of the SQLite catalog only: many processes create and use one file."""

import multiprocessing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.dags.catalog.partitions import DAY, FIRST, accept
from tests.dags.change_log import NOON
from todo_insights.catalog.sqlite_catalog import SqliteCatalog
from todo_insights.core.errors import CatalogError


def test_reading_creates_no_file(tmp_path: Path) -> None:
    catalog = SqliteCatalog(tmp_path / "lake" / "catalog.sqlite")
    assert catalog.snapshot() == []
    catalog.withdraw(DAY.table, DAY.dt)
    assert not (tmp_path / "lake").exists()


@pytest.mark.parametrize("text", ["not a database, but long enough to be looked at" * 50, ""])
def test_file_that_is_no_catalog_is_an_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "catalog.sqlite"
    path.write_text(text)
    with pytest.raises(
        CatalogError, match=r"catalog\.sqlite .* restore a copy of that file, or move it away"
    ):
        SqliteCatalog(path).snapshot()


def test_inaccessible_path_is_not_reported_as_damaged(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    path.mkdir()
    with pytest.raises(CatalogError, match="is writable and that its disk is not full, and try again"):
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
        physical_names = [hour, replace(hour, table="gold_category_activity")]
        catalog.publish(physical_names, start, accept)


def test_newest_of_concurrent_publications_wins(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    # These processes are spawned, so they share no state with this process. All of them try to create the
    # catalog at the same time.
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
