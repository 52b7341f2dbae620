"""After a fault at any request, the same run or the next run publishes the hour completely."""

import pytest

from tests.dags.faults.proxy import Fault, Proxy, Request, first_of_each_kind, no_fault, only_request
from tests.dags.faults.stepped_hour import Reader, SteppedHour, rows_of, run_hour
from tests.sampling import sample
from todo_insights.catalog.stores import Stores, open_stores
from todo_insights.core.aws import Aws
from todo_insights.core.errors import InsightsError
from todo_insights.core.settings import Settings
from todo_insights.hourly.extract import Changes
from todo_insights.sql.query import query

pytestmark = pytest.mark.sampled
FAULTS = [fault for fault in Fault if fault is not Fault.KILL]
OPERATIONS = {
    *(("s3", name) for name in ("PUT", "COPY", "HEAD", "GET")),
    *(("glue", f"{verb}Partition") for verb in ("Get", "Update")),
}


@pytest.mark.parametrize("turn", sample(range(len(FAULTS)), 2))
def test_retries_survive_temporary_faults(
    stepped: SteppedHour, oracle: Stores, proxy: Proxy, aws_settings: Settings, with_retries: Aws, turn: int
) -> None:
    """The first request of each service and operation fails; the turns combine them with all faults."""
    stepped.step()
    faults = FAULTS[turn:] + FAULTS[:turn]
    with Reader(stepped) as reader, proxy.following(first_of_each_kind(*faults)):
        run_hour(stepped.changes, open_stores(aws_settings, with_retries), stepped.high, slices=2)
    assert reader.looks > 0
    assert {(each.service, each.operation) for each in proxy.requests} == OPERATIONS
    run_hour(stepped.changes, oracle, stepped.high)
    assert rows_of(stepped.stores) == rows_of(oracle)


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.RESET_AFTER, Fault.TRUNCATED])
def test_retried_creation_happens_once(
    changes: Changes, proxy: Proxy, aws_settings: Settings, aws: Aws, with_retries: Aws, fault: Fault
) -> None:
    stepped = SteppedHour(changes, open_stores(aws_settings, aws))
    stepped.step()
    creation = first_of_each_kind(fault)

    def at_creation(before: int, request: Request) -> Fault | None:
        return creation(before, request) if request.operation == "CreatePartition" else None

    with proxy.following(at_creation):
        run_hour(changes, open_stores(aws_settings, with_retries), stepped.high)
    assert stepped.look() == {1}


def test_readers_see_complete_tables_at_every_update(
    stepped: SteppedHour, proxy: Proxy, aws_settings: Settings, with_retries: Aws
) -> None:
    seen = []

    def look_first(_: int, request: Request) -> None:
        if request.operation in ("UpdatePartition", "DeletePartition"):
            seen.append(stepped.look())

    stepped.step()
    with proxy.following(look_first):
        run_hour(stepped.changes, open_stores(aws_settings, with_retries), stepped.high)
    # Glue updates one table after another. So readers first see the new content in no table, then in some
    # tables, finally in all.
    assert (seen[0], {1, 2} in seen, stepped.look()) == ({1}, True, {2})


@pytest.mark.parametrize("fault", FAULTS)
def test_reading_gives_all_rows_or_an_error(
    stepped: SteppedHour, proxy: Proxy, aws_settings: Settings, without_retries: Aws, fault: Fault
) -> None:
    sql = "SELECT COUNT(*), SUM(version) FROM silver_task_changes"
    behind = open_stores(aws_settings, without_retries)
    with proxy.following(no_fault):
        right = query(sql, behind)
        count = len(proxy.requests)
    for number in sample(range(count), 4):
        with proxy.following(only_request(number, fault)):
            try:
                assert query(sql, behind) == right
            except InsightsError:
                continue
