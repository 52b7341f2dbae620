"""Networks and services fail at every request: an hour is published whole, at once or by a plain re-run."""

import pytest

from tests.dags.faults.proxy import Fault, Proxy, Request, nothing, once_each, only
from tests.dags.faults.world import Reader, World, rows_of, run_hour
from todo_insights.core.aws import Aws
from todo_insights.core.errors import InsightsError
from todo_insights.core.settings import Settings
from todo_insights.hourly.extract import Changes
from todo_insights.lake.stores import Stores, open_stores
from todo_insights.sql.query import query

FAULTS = [fault for fault in Fault if fault is not Fault.KILL]
OPERATIONS = {
    *(("s3", name) for name in ("PUT", "COPY", "HEAD", "GET")),
    *(("glue", f"{verb}Partition") for verb in ("Get", "Update", "Delete")),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_that_passes_is_outlived(
    world: World, oracle: Stores, proxy: Proxy, aws_settings: Settings, patient: Aws, fault: Fault
) -> None:
    world.step()
    with Reader(world) as reader, proxy.following(once_each(fault)):
        run_hour(world.changes, open_stores(aws_settings, patient), world.high, slices=2)
    assert reader.looks > 0
    assert {(each.service, each.operation) for each in proxy.requests} == OPERATIONS
    run_hour(world.changes, oracle, world.high)
    assert rows_of(world.stores) == rows_of(oracle)


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.RESET_AFTER, Fault.CUT])
def test_creation_that_is_tried_again_happens_once(
    changes: Changes, proxy: Proxy, aws_settings: Settings, aws: Aws, patient: Aws, fault: Fault
) -> None:
    world = World(changes, open_stores(aws_settings, aws))
    world.step()
    creation = once_each(fault)

    def at_creation(before: int, request: Request) -> Fault | None:
        return creation(before, request) if request.operation == "CreatePartition" else None

    with proxy.following(at_creation):
        run_hour(changes, open_stores(aws_settings, patient), world.high)
    assert world.look() == {1}


def test_readers_see_whole_tables_before_each_switch(
    world: World, proxy: Proxy, aws_settings: Settings, patient: Aws
) -> None:
    seen = []

    def look_first(_: int, request: Request) -> None:
        if request.operation in ("UpdatePartition", "DeletePartition"):
            seen.append(world.look())

    world.step()
    with proxy.following(look_first):
        run_hour(world.changes, open_stores(aws_settings, patient), world.high)
    # Glue points one table after the other: a while ago none, then some, now all.
    assert (seen[0], {1, 2} in seen, world.look()) == ({1}, True, {2})


@pytest.mark.parametrize("fault", FAULTS)
def test_reading_gives_all_rows_or_an_error(
    world: World, proxy: Proxy, aws_settings: Settings, impatient: Aws, fault: Fault
) -> None:
    sql = "SELECT COUNT(*), SUM(version) FROM silver_task_changes"
    behind = open_stores(aws_settings, impatient)
    with proxy.following(nothing):
        right = query(sql, behind)
        count = len(proxy.requests)
    for number in range(count):
        with proxy.following(only(number, fault)):
            try:
                assert query(sql, behind) == right
            except InsightsError:
                continue
