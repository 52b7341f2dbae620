"""The hour that is measured is one the pipeline takes as a whole."""

from collections import Counter

from bench.etl.changes import HOUR, changes
from tests.dags.change_log import created, silver, task
from todo_insights.core.hours import Hour


def test_every_measured_change_is_taken() -> None:
    taken = silver(*changes(400))
    assert (taken.tasks.num_rows, taken.rejects.num_rows) == (400, 0)
    assert Counter(taken.tasks["op"].to_pylist()) == {"created": 100, "updated": 200, "deleted": 100}
    assert len(set(taken.tasks["change_id"].to_pylist())) == 400


def test_measured_changes_lie_in_one_hour() -> None:
    assert {Hour.containing(change["at"]) for change in changes(400)} == {Hour(HOUR)}


def test_measured_changes_look_like_those_of_the_api() -> None:
    (first, *_) = changes(1)
    assert first.keys() - {"position"} == created(task()).keys()
    assert first["after"].keys() == task().keys()
