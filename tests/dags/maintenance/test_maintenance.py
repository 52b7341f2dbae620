"""Maintenance deletes only files that no reader uses any more."""

import json
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.dags.insights import Pipeline
from tests.dags.maintenance.days import HOURS, NOW, files, late, look
from todo_insights.catalog.stores import Stores, open_stores
from todo_insights.core.aws import Aws
from todo_insights.core.errors import LostCatalogError
from todo_insights.core.settings import Settings
from todo_insights.hourly.extract import Changes
from todo_insights.lake.schema import ALL_TABLES, TABLES
from todo_insights.maintenance.compaction import compact
from todo_insights.maintenance.maintain import KEEP, Report, TableReport, maintain

HOUR = HOURS[7]
MUCH_LATER = NOW + 2 * KEEP


@pytest.fixture
def stores(pipeline: Pipeline) -> Stores:
    return open_stores(pipeline.settings)


def maintained(pipeline: Pipeline, now: datetime, written_at: datetime = NOW) -> Report:
    """Set the modification time of all files to `written_at`, run maintenance, and return its report."""
    moment = written_at.timestamp()
    for zone in pipeline.settings.zone_uris.values():
        for path in Path(zone.removeprefix("file://")).rglob("*"):
            os.utime(path, (moment, moment))
    return maintain(open_stores(pipeline.settings), pipeline.database, now)


def publish_late(pipeline: Pipeline, number: int = 1) -> None:
    pipeline.database.changes.insert_one(late(number, HOUR))
    pipeline.publish(HOUR)


def table(report: Report, name: str) -> TableReport:
    return next(each for each in report["tables"] if each["table"] == name)


def counts(report: Report, disposition_of: str) -> dict[str, int]:
    """Return the number of files with this disposition for each table that has such files."""
    found: dict[str, Any] = {each["table"]: dict(each)[disposition_of] for each in report["tables"]}
    return {name: amount["files"] for name, amount in found.items() if amount["files"]}


def findings(report: Report) -> list[tuple[str, str]]:
    return [(each["where"], each["what"]) for each in report["findings"]]


def test_healthy_lake_has_nothing_to_report(pipeline: Pipeline, stores: Stores) -> None:
    compact(None, stores, pipeline.tick())
    before = files(stores)
    report = json.loads(json.dumps(maintained(pipeline, NOW + timedelta(hours=1))))
    assert (report["findings"], report["findings_count"], report["folded_days"]) == ([], 0, 2)
    # The lag is measured from the end of the last hour, 2026-11-20T02.
    assert report["lag_minutes"] == 35 * 60
    assert [each["table"] for each in report["tables"]] == [each.physical for each in ALL_TABLES]
    gold = table(report, "gold_user_activity")
    assert (gold["partitions"], gold["published"]["files"]) == (len(HOURS), len(HOURS))
    assert gold["published"]["bytes"] > len(HOURS)
    assert files(stores) == before


def test_old_superseded_files_are_removed(pipeline: Pipeline, stores: Stores) -> None:
    compact(None, stores, pipeline.tick())
    publish_late(pipeline)
    before = look(stores)
    waiting = {
        "bronze_task_changes": 1,
        "silver_task_changes": 1,
        "gold_user_activity": 1,
        "gold_category_activity": 1,
        "gold_user_activity_daily": 1,
        "gold_category_activity_daily": 1,
    }
    report = maintained(pipeline, NOW + KEEP)
    assert (counts(report, "waiting"), counts(report, "removed")) == (waiting, {})
    report = maintained(pipeline, MUCH_LATER)
    assert (counts(report, "waiting"), counts(report, "removed")) == ({}, waiting)
    assert report["findings"] == []
    assert look(stores) == before
    report = maintained(pipeline, MUCH_LATER)
    assert (counts(report, "waiting"), counts(report, "removed")) == ({}, {})
    named = {f"{each.location}/{file.name}" for each in stores.catalog.snapshot() for file in each.files}
    assert files(stores) <= named


def test_superseded_objects_are_removed_in_all_versions(
    pipeline: Pipeline, aws_settings: Settings, aws: Aws
) -> None:
    moved, stores = Pipeline(aws_settings, pipeline.database, NOW), open_stores(aws_settings, aws)
    moved.lake = stores.lake
    moved.publish(HOUR)
    publish_late(moved)
    bucket = aws_settings.zone_uris["gold"].removeprefix("s3://")
    # S3 sets the modification time itself, so the test changes the clock of maintenance instead.
    report = maintain(stores, pipeline.database, datetime.now(UTC) + 2 * KEEP)
    assert counts(report, "removed")["gold_user_activity"] == 1
    assert report["findings"] == []
    versions = aws.client("s3").list_object_versions(Bucket=bucket)
    assert "DeleteMarkers" not in versions
    assert {each["Key"] for each in versions["Versions"]} == {
        f"{each.location}/{file.name}"
        for each in stores.catalog.snapshot(["gold_user_activity", "gold_category_activity"])
        for file in each.files
    }


def test_recently_superseded_files_are_kept(pipeline: Pipeline) -> None:
    """An old file may have been in use until its hour was published again a short time ago."""
    pipeline.now = MUCH_LATER - timedelta(days=1)
    publish_late(pipeline)
    report = maintained(pipeline, MUCH_LATER)
    assert counts(report, "removed") == {}
    assert counts(report, "waiting")["gold_user_activity"] == 1


def test_new_files_with_any_name_are_kept(pipeline: Pipeline) -> None:
    publish_late(pipeline)
    report = maintained(pipeline, MUCH_LATER, written_at=MUCH_LATER - timedelta(hours=1))
    assert counts(report, "removed") == {}
    assert counts(report, "waiting")["gold_user_activity"] == 1


def test_old_unpublished_files_are_removed(pipeline: Pipeline, stores: Stores) -> None:
    folder = place(pipeline, f"user_activity/dt={HOUR.dt}/hour={HOUR.hour}/run=20261121T110000-0123456789ab")
    (folder / ".part-00000.parquet.partial").write_bytes(b"half")
    report = maintained(pipeline, MUCH_LATER)
    assert counts(report, "removed") == {"gold_user_activity": 1}
    assert not folder.exists()


@pytest.mark.parametrize(
    "location",
    [
        "user_activity",
        "user_activity/notes",
        "user_activity/dt=2026-11-18/hour=07/run=mine",
        "user_activity/dt=2026-11-18/hour=07/run=20261399T000000-0123456789ab",
        "user_activity/dt=2026-11-18/run=20261101T000000-0123456789ab",
        "user_activity/dt=2026-11-18/hour=07/run=20261101T000000-0123456789ab/more",
    ],
)
def test_folders_with_unknown_names_are_reported(pipeline: Pipeline, location: str) -> None:
    folder = place(pipeline, location)
    (folder / "mine.txt").write_text("precious")
    report = maintained(pipeline, MUCH_LATER)
    assert counts(report, "orphan") == {"gold_user_activity": 1}
    ((where, what),) = findings(report)
    assert where == f"gold/{location}"
    assert "a folder with an unknown name" in what
    assert (folder / "mine.txt").exists()


def test_lost_catalog_removes_no_file(pipeline: Pipeline, stores: Stores) -> None:
    Path(pipeline.settings.catalog_uri.removeprefix("file://")).unlink()
    before = files(stores)
    with pytest.raises(LostCatalogError, match="recover"):
        maintained(pipeline, MUCH_LATER)
    assert files(stores) == before


def test_files_without_catalog_and_records_are_found(pipeline: Pipeline, stores: Stores) -> None:
    """A lake has this state if it was written before publication records existed, and its catalog is lost."""
    Path(pipeline.settings.catalog_uri.removeprefix("file://")).unlink()
    stores.lake.remove("bronze", "publications")
    report = maintained(pipeline, NOW + timedelta(hours=1))
    ((where, what),) = findings(report)
    assert where == "the catalog"
    assert f"has no partitions, but the lake has {len(HOURS) * len(TABLES)} files" in what


def test_lake_before_its_first_run_has_nothing_to_report(settings: Settings, changes: Changes) -> None:
    assert maintain(open_stores(settings), changes.database, NOW)["findings"] == []


def test_restored_old_catalog_removes_no_file(pipeline: Pipeline, stores: Stores, tmp_path: Path) -> None:
    """The old catalog names deleted files; the newer files seem unpublished, but they are the only copies."""
    catalog = Path(pipeline.settings.catalog_uri.removeprefix("file://"))
    old = [each for each in stores.catalog.snapshot(["gold_user_activity"]) if each.hour == HOUR.hour]
    shutil.copy(catalog, tmp_path / "backup")
    publish_late(pipeline)
    stores.lake.remove("gold", old[0].location)
    for path in catalog.parent.glob("catalog.sqlite*"):
        path.unlink()
    shutil.copy(tmp_path / "backup", catalog)
    before = files(stores)
    report = maintained(pipeline, MUCH_LATER)
    assert [path for path in sorted(before - files(stores)) if path.startswith("user_activity/")] == []
    assert counts(report, "orphan") == {"gold_user_activity": 1}


def place(pipeline: Pipeline, location: str) -> Path:
    folder = Path(pipeline.settings.zone_uris["gold"].removeprefix("file://")) / location
    folder.mkdir(parents=True, exist_ok=True)
    return folder
