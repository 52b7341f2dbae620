"""The catalog is recovered from files: queries have the same results, and erased data stays erased."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from tests.crashes import Crasher
from tests.dags.insights import Pipeline
from tests.dags.lost_catalog import lose_catalog
from tests.dags.maintenance.conftest import ON_AWS
from tests.dags.maintenance.days import HOURS, NOW, answers, late
from tests.dags.maintenance.erasure_scenario import ADA, LATER, PUBLISHED, ErasureScenario
from tests.dags.maintenance.runs import publish
from tests.sampling import sample
from todo_insights.catalog.base import Partition
from todo_insights.catalog.glue_catalog import GlueCatalog
from todo_insights.catalog.publications import record_locations
from todo_insights.catalog.stores import Stores, open_stores
from todo_insights.core.database import open_database
from todo_insights.core.errors import LostCatalogError, PublishError
from todo_insights.core.settings import Settings
from todo_insights.maintenance.compaction import compact
from todo_insights.maintenance.maintain import KEEP, maintain
from todo_insights.maintenance.recovery import Recovered, recover
from todo_insights.sql.query import query

HOUR = HOURS[7]
everywhere = pytest.mark.parametrize("scenario", ["files", ON_AWS], indirect=True)


@pytest.fixture
def stores(pipeline: Pipeline) -> Stores:
    return open_stores(pipeline.settings)


def lose(scenario: ErasureScenario) -> None:
    lose_catalog(scenario.settings, scenario.aws)


def named(stores: Stores) -> list[Partition]:
    """Return the hourly partitions in the catalog without the times of publication."""
    return [replace(each, published_at=None) for each in stores.catalog.snapshot() if each.hour is not None]


def recovered(pipeline: Pipeline) -> Recovered:
    return recover(open_stores(pipeline.settings), pipeline.database, pipeline.tick())


def test_whole_lake_answers_as_before(pipeline: Pipeline, stores: Stores) -> None:
    compact(None, stores, pipeline.tick())
    pipeline.database.changes.insert_one(late(1, HOUR))
    pipeline.publish(HOUR)
    compact(None, stores, pipeline.tick())
    # The hour is read again without new changes: its files are kept, and its `as_of` becomes newer.
    pipeline.publish(HOURS[8])
    before, expected = named(stores), answers(stores)
    lose_catalog(pipeline.settings)
    with pytest.raises(LostCatalogError, match="recover"):
        answers(stores)
    assert recovered(pipeline) == {"hours": len(HOURS), "days": 2, "reprocessed": [], "lost": []}
    assert (named(stores), answers(stores)) == (before, expected)
    assert recovered(pipeline) == {"hours": len(HOURS), "days": 0, "reprocessed": [], "lost": []}
    assert (named(stores), answers(stores)) == (before, expected)
    assert maintain(stores, pipeline.database, pipeline.tick())["findings"] == []


@everywhere
def test_erased_and_unpublished_content_is_not_recovered(scenario: ErasureScenario) -> None:
    """The lake contains the published files and files of attempts that were killed."""
    died = named(scenario.stores)
    lose(scenario)
    recover(scenario.stores, scenario.database, LATER)
    assert named(scenario.stores) == died
    scenario.delete_account_and_repeat()
    before, expected = named(scenario.stores), answers(scenario.stores)
    lose(scenario)
    with pytest.raises(LostCatalogError):
        answers(scenario.stores)
    recover(scenario.stores, scenario.database, LATER)
    assert (named(scenario.stores), answers(scenario.stores)) == (before, expected)
    assert scenario.files_with_word(ADA) == set()


def test_receipt_keeps_files_of_a_backup_away(scenario: ErasureScenario, tmp_path: Path) -> None:
    shutil.copytree(tmp_path / "lake", tmp_path / "backup")
    scenario.delete_account_and_repeat()
    shutil.rmtree(tmp_path / "lake")
    shutil.copytree(tmp_path / "backup", tmp_path / "lake")
    lose_catalog(scenario.settings)
    assert len(scenario.files_with_word(ADA)) > 0
    result = recover(scenario.stores, scenario.database, LATER)
    assert (result["hours"], result["lost"]) == (0, PUBLISHED)
    assert scenario.stores.catalog.snapshot() == []


def recover_in_child(environ: dict[str, str], now: str) -> Callable[[], bool]:
    """Recover the catalog in the forked process."""
    settings = Settings.from_environment(environ)

    def act() -> bool:
        with open_database(settings) as database:
            return bool(recover(open_stores(settings), database, datetime.fromisoformat(now)))

    return act


PATH = ["dags/todo_insights/maintenance/recovery.py", "dags/todo_insights/catalog/sqlite_catalog.py"]


@pytest.mark.sampled
def test_killed_recovery_is_an_error_until_it_is_repeated(
    crashes: Crasher, scenario: ErasureScenario, tmp_path: Path
) -> None:
    environ = {
        "MONGODB_URI": str(scenario.settings.mongodb_uri),
        "MONGODB_DATABASE": scenario.settings.mongodb_database,
        "LAKE_URI": (tmp_path / "lake").as_uri(),
    }
    before = named(scenario.stores)
    target, order = f"{__name__}:recover_in_child", {"environ": environ, "now": LATER.isoformat()}
    lose_catalog(scenario.settings)
    outcomes = set()
    for line in sample(crashes.kill_points(target, PATH, order, str(tmp_path / "lake")), 8):
        lose_catalog(scenario.settings)
        scenario.stores.lake.remove("bronze", "publications/recovery")
        assert crashes.run(target, PATH, line, order) is None
        try:
            assert named(scenario.stores) == before
            outcomes.add("complete")
        except LostCatalogError:
            outcomes.add("error")
        recover(scenario.stores, scenario.database, LATER)
        assert named(scenario.stores) == before
    assert outcomes == {"complete", "error"}


@pytest.mark.parametrize("scenario", [ON_AWS], indirect=True)
def test_half_recovered_glue_catalog_is_an_error(
    scenario: ErasureScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, create = named(scenario.stores), GlueCatalog._create
    created: list[Partition] = []

    def create_some(catalog: GlueCatalog, partition: Partition) -> bool:
        if len(created) == 5:
            raise KeyboardInterrupt
        created.append(partition)
        return create(catalog, partition)

    lose(scenario)
    with monkeypatch.context() as patch:
        patch.setattr(GlueCatalog, "_create", create_some)
        with pytest.raises(KeyboardInterrupt):
            recover(scenario.stores, scenario.database, LATER)
    with pytest.raises(LostCatalogError, match="interrupted"):
        query("SELECT COUNT(*) FROM bronze_task_changes", scenario.stores)
    recover(scenario.stores, scenario.database, LATER)
    assert named(scenario.stores) == before


@everywhere
def test_hour_that_only_files_prove_never_loses_changes(scenario: ErasureScenario) -> None:
    held = scenario.stores.catalog.snapshot(["bronze_task_changes"])[0].source_count
    some = [each["_id"] for each in scenario.database.changes.find({}, {"_id": 1})][: held - 2]
    assert scenario.database.changes.delete_many({"_id": {"$in": some}}).deleted_count == held - 2
    lose(scenario)
    with pytest.raises(PublishError, match=f"files in the lake have {held}"):
        scenario.run(PUBLISHED[:1], LATER)
    recover(scenario.stores, scenario.database, LATER)
    assert scenario.stores.catalog.snapshot(["bronze_task_changes"])[0].source_count == held
    with pytest.raises(PublishError, match="are published and are kept"):
        scenario.run(PUBLISHED[:1], LATER)


def test_slow_attempt_does_not_replace_a_later_reading(scenario: ErasureScenario) -> None:
    manifest = scenario.slow_attempt(PUBLISHED[0], lambda: scenario.run(PUBLISHED, LATER))
    lose(scenario)
    with pytest.raises(PublishError, match="later reading"):
        publish([manifest], scenario.settings, LATER)


def test_torn_record_does_not_count(pipeline: Pipeline, stores: Stores) -> None:
    pipeline.database.changes.insert_one(late(1, HOUR))
    pipeline.publish(HOUR)
    newest = max(record_locations(stores.lake, HOUR)[HOUR])
    path = Path(stores.lake.path("bronze", newest, "publication.json"))
    path.write_bytes(path.read_bytes()[:-100])
    lose_catalog(pipeline.settings)
    assert recovered(pipeline)["reprocessed"] == [str(HOUR)]
    pipeline.publish(HOUR)
    assert recovered(pipeline)["reprocessed"] == []


def test_hours_missing_in_an_old_catalog_are_found(
    pipeline: Pipeline, stores: Stores, tmp_path: Path
) -> None:
    catalog = Path(pipeline.settings.catalog_uri.removeprefix("file://"))
    shutil.copy(catalog, tmp_path / "backup")
    newer = HOURS[-1].next
    pipeline.publish(newer)
    expected = named(stores)
    lose_catalog(pipeline.settings)
    shutil.copy(tmp_path / "backup", catalog)
    later = pipeline.now + 2 * KEEP
    (finding,) = maintain(stores, pipeline.database, later)["findings"][:1]
    assert finding["where"] == str(newer)
    assert "recover" in finding["advice"]
    recovered(pipeline)
    assert named(stores) == expected


def test_maintenance_writes_missing_records_and_removes_old_ones(pipeline: Pipeline, stores: Stores) -> None:
    pipeline.database.changes.insert_one(late(1, HOUR))
    pipeline.publish(HOUR)
    stores.lake.remove("bronze", record_locations(stores.lake)[HOURS[0]][0])
    assert len(record_locations(stores.lake, HOUR)[HOUR]) == 2
    expected = named(stores)
    maintain(stores, pipeline.database, NOW + 2 * KEEP)
    assert {hour: len(found) for hour, found in record_locations(stores.lake).items()} == dict.fromkeys(
        HOURS, 1
    )
    lose_catalog(pipeline.settings)
    recovered(pipeline)
    assert named(stores) == expected
