import hashlib
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.dags.change_log import created, silver, task
from todo_insights.core.errors import StorageError
from todo_insights.core.hours import Hour
from todo_insights.lake.encoding import encode
from todo_insights.lake.files import WrittenFile, location_of
from todo_insights.lake.schema import BRONZE_TASKS, SILVER_TASKS
from todo_insights.lake.storage import Lake

LOCATION = "task_changes/dt=2026-11-20/hour=05/run=k"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake({"gold": tmp_path.as_uri()})


def test_location_names_table_hour_and_attempt() -> None:
    assert location_of(BRONZE_TASKS, Hour.parse("2026-11-20T05"), "k") == LOCATION


def test_written_file_is_complete_and_described(lake: Lake, tmp_path: Path) -> None:
    written = lake.write("gold", LOCATION, "part-00000.parquet", b"content")
    assert (tmp_path / LOCATION / "part-00000.parquet").read_bytes() == b"content"
    assert written == WrittenFile("part-00000.parquet", 7, hashlib.sha256(b"content").hexdigest())


def test_no_temporary_file_is_left(lake: Lake, tmp_path: Path) -> None:
    lake.write("gold", LOCATION, "part-00000.parquet", b"content")
    assert [path.name for path in (tmp_path / LOCATION).iterdir()] == ["part-00000.parquet"]


@pytest.mark.parametrize("damage", ["missing", "short"])
def test_incomplete_file_is_refused(lake: Lake, tmp_path: Path, damage: str) -> None:
    written = lake.write("gold", LOCATION, "part-00000.parquet", b"content")
    path = tmp_path / LOCATION / "part-00000.parquet"
    path.unlink() if damage == "missing" else path.write_bytes(b"con")
    with pytest.raises(StorageError, match="process the hour again"):
        lake.require("gold", LOCATION, written)


def test_remedy_for_lost_daily_file_is_compaction(lake: Lake) -> None:
    with pytest.raises(StorageError, match="compact the day again"):
        lake.require("gold", "user_activity_daily/dt=2026-11-20/run=k", WrittenFile("lost", 7, ""))


def test_folder_can_be_removed_twice(lake: Lake, tmp_path: Path) -> None:
    lake.write("gold", LOCATION, "part-00000.parquet", b"content")
    lake.remove("gold", LOCATION)
    lake.remove("gold", LOCATION)
    assert not (tmp_path / LOCATION).exists()


def test_unwritable_location_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "task_changes").write_text("a file where a folder should be")
    with pytest.raises(StorageError, match="cannot write"):
        Lake({"gold": tmp_path.as_uri()}).write("gold", LOCATION, "part-00000.parquet", b"")


def test_unknown_address_scheme_is_a_storage_error() -> None:
    with pytest.raises(StorageError, match="cannot open"):
        Lake({"gold": "gopher://lake"})


def test_parquet_is_sorted_zstd_with_statistics(tmp_path: Path) -> None:
    rows = silver(*(created(task(_id=f"t{n}", user_id=who)) for n, who in enumerate("bca"))).tasks
    path = tmp_path / "part.parquet"
    path.write_bytes(encode(rows, SILVER_TASKS))
    column = pq.ParquetFile(path).metadata.row_group(0).column(2)
    assert pq.read_table(path)["user_id"].to_pylist() == ["a", "b", "c"]
    assert (column.compression, column.statistics.min, column.statistics.max) == ("ZSTD", "a", "c")


def test_bytes_do_not_depend_on_order_or_chunks() -> None:
    import pyarrow as pa

    documents = [created(task(_id=f"t{n}", user_id=f"u{n % 7}")) for n in range(100)]
    forwards = silver(*documents).tasks
    hour_slices = pa.concat_tables([silver(*documents[::-1][n : n + 9]).tasks for n in range(0, 100, 9)])
    assert encode(forwards, SILVER_TASKS) == encode(hour_slices, SILVER_TASKS)
