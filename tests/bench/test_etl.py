"""The benchmark of the pipeline: the pipeline accepts every change of the measured hour."""

from collections import Counter

from bench.etl.sample_hour import HOUR, changes
from tests.dags.change_log import created, silver, task
from todo_insights.core.hours import Hour


def test_every_measured_change_is_accepted() -> None:
    accepted = silver(*changes(400))
    assert (accepted.tasks.num_rows, accepted.rejects.num_rows) == (400, 0)
    assert Counter(accepted.tasks["op"].to_pylist()) == {"created": 100, "updated": 200, "deleted": 100}
    assert len(set(accepted.tasks["change_id"].to_pylist())) == 400


def test_measured_changes_are_in_one_hour() -> None:
    assert {Hour.containing(change["at"]) for change in changes(400)} == {Hour(HOUR)}


def test_measured_changes_have_fields_of_api() -> None:
    (first, *_) = changes(1)
    assert first.keys() - {"position"} == created(task()).keys()
    assert first["after"].keys() == task().keys()
