"""Regular verification finds damaged files of unchanged size, and their hours are processed again."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.dags.maintenance.conftest import ON_AWS
from tests.dags.maintenance.days import answers
from tests.dags.maintenance.runs import publish
from tests.dags.maintenance.world import PUBLISHED, World
from todo_insights.hourly.planning import plan
from todo_insights.hourly.process import process
from todo_insights.lake.catalog import Partition
from todo_insights.lake.schema import BY_NAME
from todo_insights.maintenance.maintain import Report, maintain
from todo_insights.maintenance.reprocessing import hours_to_reprocess
from todo_insights.maintenance.verification import verify_files

# The files of a day are verified on one date in every 30 days. This is the first such date after the
# publication.
TURN = datetime(2026, 12, 20, 2, 30, tzinfo=UTC)
everywhere = pytest.mark.parametrize("world", ["files", ON_AWS], indirect=True)


def partition_of(world: World, table: str) -> Partition:
    return next(
        each for each in world.stores.catalog.snapshot([table]) if f"{each.dt}T{each.hour}" == PUBLISHED[0]
    )


def damage(world: World, table: str) -> None:
    """Change one byte of a file."""
    partition = partition_of(world, table)
    zone, name = BY_NAME[table].zone, partition.files[0].name
    content = bytearray(world.stores.lake.read_bytes(zone, partition.location, name))
    content[len(content) // 3] ^= 0xFF
    if world.aws is None:
        Path(world.stores.lake.path(zone, partition.location, name)).write_bytes(content)
    else:
        bucket, _, key = world.stores.lake.path(zone, partition.location, name).partition("/")
        world.aws.client("s3").put_object(
            Bucket=bucket, Key=key, Body=bytes(content), ChecksumAlgorithm="SHA256"
        )


def maintained(world: World, now: datetime) -> Report:
    return maintain(world.stores, world.database, now)


def damaged(report: Report) -> list[str]:
    return [each["where"] for each in report["findings"] if "damaged" in each["what"]]


def reprocess(world: World) -> dict[str, str]:
    """Process the requested hours as the next run does; return these hours with their reasons."""
    hours = hours_to_reprocess(world.database, world.stores, world.settings, TURN)
    slices = plan(hours, world.database.changes, 1_000_000)
    manifests = [process(each, world.database, world.stores, TURN + timedelta(minutes=1)) for each in slices]
    publish(manifests, world.settings, TURN, world.aws)
    return {str(hour): reason for hour, reason in hours.items()}


@everywhere
@pytest.mark.parametrize("table", ["bronze_task_changes", "gold_user_activity"])
def test_damage_that_keeps_the_size_is_mended(world: World, table: str) -> None:
    expected = answers(world.stores)
    damage(world, table)
    # One day earlier, the files are not due.
    assert damaged(maintained(world, TURN - timedelta(days=1))) == []
    report = maintained(world, TURN)
    assert (damaged(report), report["reprocessed"]) == ([f"{table} {PUBLISHED[0]}"], [PUBLISHED[0]])
    assert reprocess(world) == {PUBLISHED[0]: "damaged"}
    report = maintained(world, TURN + timedelta(hours=1))
    assert (damaged(report), report["reprocessed"], reprocess(world)) == ([], [], {})
    assert answers(world.stores) == expected


def test_expired_hour_is_made_from_its_bronze(world: World) -> None:
    expected = answers(world.stores)
    damage(world, "silver_task_changes")
    world.database.changes.delete_many({"version": {"$gte": 1}})
    assert maintained(world, TURN)["reprocessed"] == [PUBLISHED[0]]
    assert reprocess(world) == {PUBLISHED[0]: "damaged"}
    assert damaged(maintained(world, TURN + timedelta(hours=1))) == []
    assert answers(world.stores) == expected


def test_damage_that_nothing_can_mend_is_reported_alone(world: World) -> None:
    damage(world, "bronze_task_changes")
    world.database.changes.delete_many({"version": {"$gte": 1}})
    report = maintained(world, TURN)
    assert (damaged(report), report["reprocessed"]) == ([f"bronze_task_changes {PUBLISHED[0]}"], [])
    assert reprocess(world) == {}


@pytest.mark.parametrize("world", [ON_AWS], indirect=True)
def test_object_is_verified_without_its_content(world: World) -> None:
    for each in world.stores.catalog.snapshot():
        for file in each.files:
            assert world.stores.lake.verify_stored(BY_NAME[each.table].zone, each.location, file) == 0


def test_one_run_reads_a_bounded_number_of_bytes(world: World) -> None:
    """On each date, the files are read in another order, so every file is read on some date."""
    damage(world, "gold_user_activity")
    partitions = world.stores.catalog.snapshot()
    turns = [TURN + timedelta(days=30 * number) for number in range(100)]
    found = [bool(verify_files(partitions, world.stores.lake, turn, max_bytes=1)) for turn in turns]
    assert 0 < sum(found) < 50
