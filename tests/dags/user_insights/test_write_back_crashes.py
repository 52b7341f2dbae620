"""If a write-back is killed, each figure is old or new; the next write-back writes all new figures."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pymongo import MongoClient

from tests.crashes import Crasher
from tests.dags.activity import of_hour
from tests.dags.change_log import NOON, Document
from tests.dags.insights import Pipeline, documents, restore, stored
from tests.sampling import sample
from todo_insights.catalog.stores import open_stores
from todo_insights.core.database import open_database
from todo_insights.core.hours import Hour
from todo_insights.core.settings import Settings
from todo_insights.user_insights.write_back import write_back

*EARLIER, LAST = [Hour(NOON + timedelta(days=number)) for number in range(6)]
WRITE_PATH = [
    f"dags/todo_insights/user_insights/{name}.py"
    for name in ("write_back", "user_documents", "older_parts", "day_totals", "optimistic")
]


@pytest.fixture
def pipeline(settings: Settings) -> Iterator[Pipeline]:
    with MongoClient[Document](settings.mongodb_uri, tz_aware=True, retryWrites=False) as client:
        yield Pipeline(settings, client[settings.mongodb_database], NOON + timedelta(days=8))


def write_back_in_child(environ: dict[str, str], now: str) -> Callable[[], bool]:
    """Write back the hours that were published last, in the forked process."""
    settings = Settings.from_environment(environ)

    def act() -> bool:
        with open_database(settings) as database:
            write_back([str(LAST)], database, open_stores(settings), datetime.fromisoformat(now))
        return True

    return act


@pytest.mark.sampled
@pytest.mark.parametrize("kind", ["new day", "new format"])
def test_next_write_back_completes_a_killed_one(
    crashes: Crasher, pipeline: Pipeline, tmp_path: Path, kind: str
) -> None:
    """On a new day, the part of an older day leaves the document of each user.

    After a change of the format, the documents have all parts at first, and then those of the newest days.
    """
    environ = {
        "MONGODB_URI": str(pipeline.settings.mongodb_uri),
        "MONGODB_DATABASE": pipeline.settings.mongodb_database,
        "LAKE_URI": (tmp_path / "lake").as_uri(),
    }
    pipeline.insert(each for hour in [*EARLIER, LAST] for each in of_hour(hour))
    pipeline.run(*EARLIER)
    if kind == "new format":
        pipeline.database.insights.update_many({}, {"$set": {"format": 2}})
    before = documents(pipeline.database)
    kept = stored(pipeline.database)
    pipeline.publish(LAST)
    target, order = f"{__name__}:write_back_in_child", {"environ": environ, "now": pipeline.now.isoformat()}
    places = crashes.kill_points(target, WRITE_PATH, order)
    after = documents(pipeline.database)
    assert all(after[who] != before[who] for who in before)
    seen = set()
    for place in sample(places, 8):
        restore(kept, pipeline.database)
        assert crashes.run(target, WRITE_PATH, place, order) is None
        found = documents(pipeline.database)
        assert all(found[who] in (before[who], after[who]) for who in before)
        # The coverage document `lake` is written after all other documents of the collection.
        assert found["lake"] == before["lake"] or found == after
        seen |= {"old" if found == before else "new" if found == after else "some"}
        # The next write-back gets no hours as argument, because it finds the unwritten hours itself.
        pipeline.write()
        assert documents(pipeline.database) == after
        assert all(len(found["recent"]) == 2 for found in pipeline.database.insights.find({"_id": "ada"}))
    assert seen == {"old", "some", "new"}
