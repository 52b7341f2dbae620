"""A killed compaction does not change the result of any query; the next compaction completes the day."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from tests.crashes import Crasher
from tests.dags.insights import Pipeline
from tests.dags.maintenance.days import DAILY, DAYS, daily_partitions, files, look
from todo_insights.catalog.base import Partition
from todo_insights.catalog.days import NO_CUTOFF
from todo_insights.catalog.stores import Stores, open_stores
from todo_insights.core.settings import Settings
from todo_insights.maintenance.compaction import compact

PATH = ["dags/todo_insights/maintenance/compaction.py", "dags/todo_insights/maintenance/day_hours.py"]


def compact_in_child(environ: dict[str, str], now: str) -> Callable[[], bool]:
    """Compact the first day in the forked process."""
    settings = Settings.from_environment(environ)

    def act() -> bool:
        return bool(compact(DAYS[:1], open_stores(settings), datetime.fromisoformat(now)))

    return act


def unfold(stores: Stores) -> None:
    stores.catalog.move_cutoff(NO_CUTOFF)
    for each in daily_partitions(stores):
        stores.catalog.withdraw(each.table, each.dt)


def test_killed_compaction_is_repaired_by_the_next(
    crashes: Crasher, pipeline: Pipeline, tmp_path: Path
) -> None:
    stores = open_stores(pipeline.settings)
    expected, seen = look(stores), set()
    order = {"environ": {"LAKE_URI": (tmp_path / "lake").as_uri()}, "now": pipeline.now.isoformat()}
    target = f"{__name__}:compact_in_child"
    for place in crashes.kill_points(target, PATH, order, str(tmp_path / "lake")):
        unfold(stores)
        before = files(stores)
        assert crashes.run(target, PATH, place, order) is None
        state = (len(daily_partitions(stores)), len(files(stores) - before), stores.catalog.cutoff())
        if state not in seen:
            seen.add(state)
            assert look(stores) == expected
            compact(DAYS[:1], stores, pipeline.tick())
            assert whole(daily_partitions(stores), stores)
            assert look(stores) == expected
    # The process was killed before and after it wrote each file, before and after the one call that publishes
    # both files, and before and after the call that moves the cutoff.
    assert seen == {*((0, number, NO_CUTOFF) for number in range(3)), (2, 2, NO_CUTOFF), (2, 2, DAYS[0])}


def whole(days: list[Partition], stores: Stores) -> bool:
    for each in days:
        for file in each.files:
            stores.lake.require("gold", each.location, file)
    return [each.table for each in days] == DAILY
