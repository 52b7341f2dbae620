"""Runs give the same lake if the hours are processed in any order, repeatedly, or in parallel."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.aws import on_aws
from tests.dags.activity import activity
from tests.dags.change_log import NOON
from tests.dags.faults.stepped_hour import SETTLE, rows_of
from tests.dags.lost_catalog import lose_catalog
from tests.sampling import examples
from todo_insights.catalog.stores import Stores, open_stores
from todo_insights.core.aws import Aws
from todo_insights.core.hours import Hour, hours_between
from todo_insights.core.settings import Settings
from todo_insights.hourly.extract import Changes
from todo_insights.hourly.planning import plan
from todo_insights.hourly.process import process
from todo_insights.hourly.publish import publish_hours
from todo_insights.lake.schema import GOLD_HOURS
from todo_insights.maintenance.recovery import recover

HOURS = list(hours_between(Hour.containing(NOON), Hour(NOON + timedelta(hours=3))))
LOG = activity(NOON, len(HOURS), 60, seed=7)

# A run is a list of hours and the minute at which it starts. A history is a list of lists of runs; the runs
# of each inner list are executed in parallel.
Run = tuple[list[int], int]
RUN = st.tuples(st.lists(st.integers(0, len(HOURS) - 1), min_size=1, max_size=3), st.integers(0, 5))
HISTORY = st.lists(st.lists(RUN, min_size=2, max_size=3), min_size=1, max_size=2)


@pytest.fixture
def log(changes: Changes) -> Changes:
    changes.insert_many(LOG)
    return changes


def run(log: Changes, stores: Stores, hours: Sequence[int], minute: int) -> None:
    now = NOON + timedelta(days=1, minutes=minute)
    hour_slices = plan({HOURS[each]: "scheduled" for each in hours}, log, 1_000_000)
    publish_hours([process(each, log.database, stores, now) for each in hour_slices], stores, SETTLE, now)


def content_of(stores: Stores) -> dict[tuple[str, str | None], tuple[str, int, int]]:
    """Return the facts in the catalog about each hour and table that must not depend on the order of runs.

    `gold_hours` is left out, because it contains the time at which each hour was published.
    """
    return {
        (each.table, each.hour): (each.checksum, each.row_count, each.source_count)
        for each in stores.catalog.snapshot()
        if each.table != GOLD_HOURS.physical
    }


def replay(log: Changes, stores: Stores, history: list[list[Run]]) -> None:
    """Execute all runs of the history, then process the hours that no run of the history has processed."""
    with ThreadPoolExecutor(2) as pool:
        for at_once in history:
            list(pool.map(lambda each: run(log, stores, *each), at_once))
    done = {hour for at_once in history for hours, _ in at_once for hour in hours}
    if left := sorted({*range(len(HOURS))} - done):
        run(log, stores, left, 0)


def bounded(count: int) -> hypothesis_settings:
    """Limit the number of examples of a Hypothesis test.

    Shrinking of failed examples is disabled, because it would take as long as all examples together.
    """
    return hypothesis_settings(
        max_examples=count,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


@pytest.fixture
def expected(log: Changes, settings: Settings) -> Stores:
    """The content of the lake after one run that processed all hours in order."""
    stores = open_stores(settings)
    run(log, stores, range(len(HOURS)), 0)
    return stores


def recover_lost_catalog(log: Changes, settings: Settings, stores: Stores, aws: Aws | None = None) -> None:
    lose_catalog(settings, aws)
    recover(stores, log.database, NOON + timedelta(days=2))


def assert_same(stores: Stores, expected: Stores) -> None:
    assert content_of(stores) == content_of(expected)
    assert rows_of(stores) == rows_of(expected)


@given(history=HISTORY)
@pytest.mark.sampled
@bounded(examples(6, 2))
def test_order_of_runs_does_not_change_files(
    log: Changes,
    settings: Settings,
    expected: Stores,
    tmp_path_factory: pytest.TempPathFactory,
    history: list[list[Run]],
) -> None:
    settings = in_folder(settings, tmp_path_factory.mktemp("lake"))
    stores = open_stores(settings)
    replay(log, stores, history)
    assert_same(stores, expected)
    recover_lost_catalog(log, settings, stores)
    assert_same(stores, expected)


@given(history=HISTORY)
@pytest.mark.sampled
@bounded(examples(2, 1))
def test_order_of_runs_does_not_change_aws(
    log: Changes, settings: Settings, expected: Stores, aws_address: str, aws: Aws, history: list[list[Run]]
) -> None:
    settings = on_aws(settings, aws_address, aws)
    stores = open_stores(settings, aws)
    replay(log, stores, history)
    assert_same(stores, expected)
    recover_lost_catalog(log, settings, stores, aws)
    assert_same(stores, expected)


def in_folder(settings: Settings, folder: Path) -> Settings:
    """Return settings for a separate lake in this folder."""
    zones = {zone: f"{folder.as_uri()}/{zone}" for zone in settings.zone_uris}
    return replace(
        settings, zone_uris=MappingProxyType(zones), catalog_uri=f"{folder.as_uri()}/catalog.sqlite"
    )
