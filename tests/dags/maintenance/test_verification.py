"""Regular verification finds damaged files of unchanged size, and their hours are processed again."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.dags.maintenance.conftest import ON_AWS
from tests.dags.maintenance.days import answers
from tests.dags.maintenance.erasure_scenario import PUBLISHED, ErasureScenario
from tests.dags.maintenance.runs import publish
from todo_insights.catalog.base import Partition
from todo_insights.hourly.planning import plan
from todo_insights.hourly.process import process
from todo_insights.lake.schema import BY_NAME
from todo_insights.maintenance.maintain import Report, maintain
from todo_insights.maintenance.reprocessing import hours_to_reprocess
from todo_insights.maintenance.verification import verify_files

# The files of a day are verified on one date in every 30 days. This is the first such date after the
# publication.
TURN = datetime(2026, 12, 20, 2, 30, tzinfo=UTC)
everywhere = pytest.mark.parametrize("scenario", ["files", ON_AWS], indirect=True)


def partition_of(scenario: ErasureScenario, table: str) -> Partition:
    return next(
        each for each in scenario.stores.catalog.snapshot([table]) if f"{each.dt}T{each.hour}" == PUBLISHED[0]
    )


def damage(scenario: ErasureScenario, table: str) -> None:
    """Change one byte of a file."""
    partition = partition_of(scenario, table)
    zone, name = BY_NAME[table].zone, partition.files[0].name
    content = bytearray(scenario.stores.lake.read_bytes(zone, partition.location, name))
    content[len(content) // 3] ^= 0xFF
    if scenario.aws is None:
        Path(scenario.stores.lake.path(zone, partition.location, name)).write_bytes(content)
    else:
        bucket, _, key = scenario.stores.lake.path(zone, partition.location, name).partition("/")
        scenario.aws.client("s3").put_object(
            Bucket=bucket, Key=key, Body=bytes(content), ChecksumAlgorithm="SHA256"
        )


def maintained(scenario: ErasureScenario, now: datetime) -> Report:
    return maintain(scenario.stores, scenario.database, now)


def damaged(report: Report) -> list[str]:
    return [each["where"] for each in report["findings"] if "damaged" in each["what"]]


def reprocess(scenario: ErasureScenario) -> dict[str, str]:
    """Process the requested hours as the next run does; return these hours with their reasons."""
    hours = hours_to_reprocess(scenario.database, scenario.stores, scenario.settings, TURN)
    slices = plan(hours, scenario.database.changes, 1_000_000)
    manifests = [
        process(each, scenario.database, scenario.stores, TURN + timedelta(minutes=1)) for each in slices
    ]
    publish(manifests, scenario.settings, TURN, scenario.aws)
    return {str(hour): reason for hour, reason in hours.items()}


@everywhere
@pytest.mark.parametrize("table", ["bronze_task_changes", "gold_user_activity"])
def test_damage_that_keeps_the_size_is_mended(scenario: ErasureScenario, table: str) -> None:
    expected = answers(scenario.stores)
    damage(scenario, table)
    # One day earlier, the files are not due.
    assert damaged(maintained(scenario, TURN - timedelta(days=1))) == []
    report = maintained(scenario, TURN)
    assert (damaged(report), report["reprocessed"]) == ([f"{table} {PUBLISHED[0]}"], [PUBLISHED[0]])
    assert reprocess(scenario) == {PUBLISHED[0]: "damaged"}
    report = maintained(scenario, TURN + timedelta(hours=1))
    assert (damaged(report), report["reprocessed"], reprocess(scenario)) == ([], [], {})
    assert answers(scenario.stores) == expected


def test_expired_hour_is_made_from_its_bronze(scenario: ErasureScenario) -> None:
    expected = answers(scenario.stores)
    damage(scenario, "silver_task_changes")
    scenario.database.changes.delete_many({"version": {"$gte": 1}})
    assert maintained(scenario, TURN)["reprocessed"] == [PUBLISHED[0]]
    assert reprocess(scenario) == {PUBLISHED[0]: "damaged"}
    assert damaged(maintained(scenario, TURN + timedelta(hours=1))) == []
    assert answers(scenario.stores) == expected


def test_damage_without_repair_is_only_reported(scenario: ErasureScenario) -> None:
    damage(scenario, "bronze_task_changes")
    scenario.database.changes.delete_many({"version": {"$gte": 1}})
    report = maintained(scenario, TURN)
    assert (damaged(report), report["reprocessed"]) == ([f"bronze_task_changes {PUBLISHED[0]}"], [])
    assert reprocess(scenario) == {}


@pytest.mark.parametrize("scenario", [ON_AWS], indirect=True)
def test_object_is_verified_without_its_content(scenario: ErasureScenario) -> None:
    for each in scenario.stores.catalog.snapshot():
        for file in each.files:
            assert scenario.stores.lake.verify_stored(BY_NAME[each.table].zone, each.location, file) == 0


def test_one_run_reads_a_bounded_number_of_bytes(scenario: ErasureScenario) -> None:
    """With `max_bytes=1`, a run verifies only one partition, which depends on the date of the run.

    So runs on 100 dates find the damaged file on some of these dates, but not on all of them.
    """
    damage(scenario, "gold_user_activity")
    partitions = scenario.stores.catalog.snapshot()
    turns = [TURN + timedelta(days=30 * number) for number in range(100)]
    found = [bool(verify_files(partitions, scenario.stores.lake, turn, max_bytes=1)) for turn in turns]
    assert 0 < sum(found) < 50
