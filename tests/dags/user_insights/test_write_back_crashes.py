"""If a write-back is killed, each figure is old or new; the next write-back writes all new figures."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pymongo import MongoClient

from tests.crashes import Crasher
from tests.dags.activity import activity
from tests.dags.change_log import NOON, Document
from tests.dags.insights import Pipeline, documents
from tests.sampling import sample
from todo_insights.catalog.stores import open_stores
from todo_insights.core.database import open_database
from todo_insights.core.hours import Hour
from todo_insights.core.settings import Settings
from todo_insights.user_insights.write_back import write_back

FIRST = Hour(NOON)
SECOND = FIRST.next
WRITE_PATH = [
    f"dags/todo_insights/user_insights/{name}.py" for name in ("write_back", "day_totals", "optimistic")
]
# The collections that a write-back changes.
COLLECTIONS = ("insights", "lake_days")


@pytest.fixture
def pipeline(settings: Settings) -> Iterator[Pipeline]:
    with MongoClient[Document](settings.mongodb_uri, tz_aware=True, retryWrites=False) as client:
        yield Pipeline(settings, client[settings.mongodb_database], NOON + timedelta(days=1))


def write_back_in_child(environ: dict[str, str], now: str) -> Callable[[], bool]:
    """Write back the hours that were published last, in the forked process."""
    settings = Settings.from_environment(environ)

    def act() -> bool:
        with open_database(settings) as database:
            write_back([str(SECOND)], database, open_stores(settings), datetime.fromisoformat(now))
        return True

    return act


@pytest.mark.sampled
def test_next_write_back_completes_a_killed_one(crashes: Crasher, pipeline: Pipeline, tmp_path: Path) -> None:
    environ = {
        "MONGODB_URI": str(pipeline.settings.mongodb_uri),
        "MONGODB_DATABASE": pipeline.settings.mongodb_database,
        "LAKE_URI": (tmp_path / "lake").as_uri(),
    }
    pipeline.insert(activity(NOON, 2, 80, seed=5))
    pipeline.run(FIRST)
    before = documents(pipeline.database)
    kept = {name: list(pipeline.database[name].find({})) for name in COLLECTIONS}
    pipeline.publish(SECOND)
    target, order = f"{__name__}:write_back_in_child", {"environ": environ, "now": pipeline.now.isoformat()}
    places = crashes.kill_points(target, WRITE_PATH, order)
    after = documents(pipeline.database)
    assert all(after[who] != before[who] for who in before)
    seen = set()
    for place in sample(places, 8):
        _reset(pipeline, kept)
        assert crashes.run(target, WRITE_PATH, place, order) is None
        found = documents(pipeline.database)
        assert all(found[who] in (before[who], after[who]) for who in before)
        # The coverage document `lake` is written after all other documents of the collection.
        assert found["lake"] == before["lake"] or found == after
        seen |= {"old" if found == before else "new" if found == after else "some"}
        # The next write-back gets no hours as argument, because it finds the unwritten hours itself.
        pipeline.write()
        assert documents(pipeline.database) == after
    assert seen == {"old", "some", "new"}


def _reset(pipeline: Pipeline, kept: dict[str, list[Document]]) -> None:
    for name, stored in kept.items():
        pipeline.database[name].delete_many({})
        pipeline.database[name].insert_many(stored)
