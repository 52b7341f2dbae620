"""Hours are published during a compaction: readers see only states that existed at some moment."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self

import pytest

from tests.aws import on_aws
from tests.dags.insights import Pipeline
from tests.dags.maintenance.days import DAYS, HOURS, compacted_days, daily_partitions, late, look
from todo_insights.catalog.base import Partition
from todo_insights.catalog.stores import Stores, open_stores
from todo_insights.core.aws import Aws
from todo_insights.lake.schema import BY_NAME, DAILY_OF
from todo_insights.lake.storage import Lake
from todo_insights.maintenance.compaction import compact
from tools.services.aws import IDENTITY

HOUR = HOURS[7]
DAY = DAYS[:1]


class InterruptedLake(Lake):
    """A lake that calls a function before each write; the sum of the day is already computed at that time."""

    def __init__(self, pipeline: Pipeline, meanwhile: Callable[[], None]) -> None:
        super().__init__(pipeline.settings.zone_uris)
        self._meanwhile = meanwhile

    def write(self, *arguments: Any) -> Any:
        self._meanwhile()
        return super().write(*arguments)


class BackgroundLoop:
    """Calls a function repeatedly in a thread, at least once; at the end, raises the function's exception."""

    def __init__(self, act: Callable[[], Any]) -> None:
        self._act = act
        self.results: list[Any] = []

    def __enter__(self) -> Self:
        self._stop, self._pool = threading.Event(), ThreadPoolExecutor(1)
        self._done = self._pool.submit(self._loop)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._pool.shutdown()
        self._done.result()

    def _loop(self) -> None:
        while not self._stop.is_set() or not self.results:
            self.results.append(self._act())


@pytest.fixture
def on_glue(pipeline: Pipeline, aws_address: str, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    """The pipeline with one day of Gold in S3 and Glue."""
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)
    local, settings = open_stores(pipeline.settings), on_aws(pipeline.settings, aws_address, aws)
    stores = open_stores(settings)
    gold = [each for each in local.catalog.snapshot([table.physical for table in DAILY_OF]) if each.dt in DAY]
    for each in gold:
        _upload(each, local.lake, stores.lake)
    stores.catalog.publish(gold, pipeline.now, lambda _: None)
    moved = Pipeline(settings, pipeline.database, pipeline.now)
    moved.lake = stores.lake
    return moved


def _upload(partition: Partition, local: Lake, remote: Lake) -> None:
    zone = BY_NAME[partition.table].zone
    for file in partition.files:
        with open(local.path(zone, partition.location, file.name), "rb") as content:
            remote.write(zone, partition.location, file.name, content.read())


def publish_late(pipeline: Pipeline, number: int) -> None:
    pipeline.database.changes.insert_one(late(number, HOUR))
    pipeline.publish(HOUR)


def test_hour_changed_during_compaction_wins(pipeline: Pipeline) -> None:
    stores = open_stores(pipeline.settings)
    changes, _ = look(stores)

    pending = [1]

    def meanwhile() -> None:
        if pending:
            publish_late(pipeline, pending.pop())

    interrupted = Stores(InterruptedLake(pipeline, meanwhile), stores.catalog)
    (done,) = compact(DAY, interrupted, pipeline.tick())
    assert {*done["outcomes"].values()} == {"superseded"}
    assert daily_partitions(stores) == []
    assert look(stores) == (changes + 1, changes + 1)
    assert [each["dt"] for each in compact(None, stores, pipeline.tick())] == DAYS
    assert look(stores) == (changes + 1, changes + 1)


def test_day_published_after_change_of_hour_is_withdrawn(on_glue: Pipeline, aws: Aws) -> None:
    """In Glue, an hour may change between the last check and the call that publishes the day."""
    stores = open_stores(on_glue.settings, aws)
    changes, _ = look(stores)
    pending = [1]

    def meanwhile(params: Any, **_: Any) -> None:
        if b"_daily" in params["body"] and pending:
            publish_late(on_glue, pending.pop())

    events = aws.client("glue").meta.events
    events.register("before-call.glue.CreatePartition", meanwhile, unique_id="meanwhile")
    try:
        (done,) = compact(DAY, stores, on_glue.tick())
    finally:
        events.unregister("before-call.glue.CreatePartition", unique_id="meanwhile")
    assert pending == []
    assert "superseded" in done["outcomes"].values()
    assert look(stores) == (changes + 1, changes + 1)
    compact(DAY, stores, on_glue.tick())
    assert len(daily_partitions(stores)) == len(DAILY_OF)
    assert look(stores) == (changes + 1, changes + 1)


@pytest.mark.parametrize(("kind", "rounds"), [("pipeline", 8), ("on_glue", 2)])
def test_readers_see_complete_days_during_races(
    kind: str, rounds: int, request: pytest.FixtureRequest
) -> None:
    pipeline: Pipeline = request.getfixturevalue(kind)
    stores = open_stores(pipeline.settings)
    changes, _ = look(stores)
    with (
        BackgroundLoop(
            lambda: [each["outcomes"] for each in compact(None, stores, pipeline.now)]
        ) as compactions,
        BackgroundLoop(lambda: look(open_stores(pipeline.settings))) as readings,
    ):
        for number in range(rounds):
            publish_late(pipeline, number)
    possible = range(changes, changes + rounds + 1)
    # Glue updates one table after another, so a reader may see the numbers of two different publications.
    assert {each for pair in readings.results for each in pair} <= {*possible}
    assert kind == "on_glue" or {*readings.results} <= {(each, each) for each in possible}
    assert any(compactions.results)
    compact(None, stores, pipeline.tick())
    assert compacted_days(stores)
    assert look(stores) == (changes + rounds, changes + rounds)
