"""A slice whose changes do not fit into memory at once is processed in parts."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import bson
import pyarrow as pa
import pytest

from tests.dags.activity import activity
from tests.dags.change_log import NOON, Document, created, task
from todo_insights.core.hours import Hour, to_text
from todo_insights.hourly.manifest import Manifest, Slice
from todo_insights.hourly.process import process_from
from todo_insights.lake.schema import BY_NAME, TABLES, LakeTable
from todo_insights.lake.storage import Lake
from todo_insights.transform.bronze import Extracted, bronze_of

HOUR = Hour.containing(NOON)
SLICE = Slice(
    hour=str(HOUR), slice=0, slices=1, reason="scheduled", start=to_text(HOUR.start), end=to_text(HOUR.end)
)
LOG = sorted(
    [*activity(NOON, 3, 200, seed=5), created(task(status="lost")), created(task(_id="odd")) | {"op": None}],
    key=lambda change: change["at"],
)


def batches(documents: Sequence[Document], size: int) -> list[bytes]:
    return [
        b"".join(bson.encode(each) for each in documents[start : start + size])
        for start in range(0, len(documents), size)
    ]


def parts(documents: Sequence[Document], size: int, limit: int) -> list[Extracted]:
    return list(bronze_of(batches(documents, size), limit))


def processed(folder: Path, found: list[Extracted]) -> tuple[Manifest, Lake]:
    lake = Lake({zone: (folder / zone).as_uri() for zone in ("bronze", "silver", "gold")})
    return process_from(SLICE, lambda start, end: found, lake, HOUR.end), lake


def rows(manifest: Manifest, lake: Lake, table: LakeTable) -> pa.Table:
    written = manifest["tables"][table.physical]
    files = [(written["location"], file["name"]) for file in written["files"]]
    return lake.read(table, files, table.columns.names).sort_by(
        [(each, "ascending") for each in table.sorted_by]
    )


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Manifest, Lake]]:
    """The results of one slice, once processed as a whole and once in parts."""
    return [
        processed(tmp_path_factory.mktemp("whole"), parts(LOG, len(LOG), 2**30)),
        processed(tmp_path_factory.mktemp("parts"), parts(LOG, 5, 20_000)),
    ]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.physical)
def test_parts_and_the_whole_have_equal_rows(both: list[tuple[Manifest, Lake]], table: LakeTable) -> None:
    whole, divided = (rows(*each, table) for each in both)
    assert whole.num_rows
    assert divided.equals(whole)


def test_gold_has_the_same_bytes_and_bronze_a_file_per_part(both: list[tuple[Manifest, Lake]]) -> None:
    (whole, _), (divided, _) = both
    for manifest in (whole, divided):
        assert (manifest["source_count"], manifest["rejects"]) == (len(LOG), 2)
    for name, written in divided["tables"].items():
        if BY_NAME[name].zone == "gold":
            assert written["checksum"] == whole["tables"][name]["checksum"]
    assert len({file["name"] for file in divided["tables"]["bronze_task_changes"]["files"]}) > 3


def test_parts_end_at_whole_seconds_for_any_size_of_batches() -> None:
    """All changes of one second are in the same part, so the size of batches does not change the parts."""
    seconds: list[set[Any]] = [
        {at.replace(microsecond=0) for rows in (part.tasks, part.users) for at in rows["at"].to_pylist()}
        for part in parts(LOG, 5, 20_000)
    ]
    assert len(seconds) > 3
    assert len(set().union(*seconds)) == sum(len(each) for each in seconds)


def test_changes_of_one_second_are_one_part() -> None:
    burst = [created(task(_id=f"t{n}"), at=NOON + timedelta(milliseconds=n)) for n in range(50)]
    assert [part.source_count for part in parts(burst, 5, 1000)] == [50]
