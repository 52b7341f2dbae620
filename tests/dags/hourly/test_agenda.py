"""The agenda of a run: its own hours, then as many others as fit."""

from datetime import timedelta

import pytest

from tests.dags.change_log import NOON, after, created, task
from todo_insights.hourly import agenda as module
from todo_insights.hourly.agenda import agenda, is_live
from todo_insights.hourly.extract import Changes
from todo_insights.hourly.manifest import Reason
from todo_insights.hours import Hour

OWN = Hour(NOON)
EARLIER = [Hour(NOON - timedelta(hours=back)) for back in range(1, 4)]


def test_own_hours_come_first_then_the_newest(changes: Changes) -> None:
    again: dict[Hour, Reason] = {EARLIER[2]: "erased", EARLIER[0]: "late", OWN: "late"}
    found = [(each["hour"], each["reason"]) for each in agenda([OWN], again, changes, 100)]
    assert found == [(str(OWN), "scheduled"), (str(EARLIER[0]), "late"), (str(EARLIER[2]), "erased")]


def test_whole_hours_that_do_not_fit_wait(changes: Changes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_REPEATED", 3)
    start = EARLIER[1].start
    log = [after(created(task(_id=f"t{each}"), at=start), seconds=each * 60) for each in range(4)]
    changes.insert_many(log)
    found = agenda([OWN], dict.fromkeys(EARLIER, "late"), changes, 1)
    # The second hour has four slices, of which two would fit.
    assert [each["hour"] for each in found] == [str(OWN), str(EARLIER[0])]


@pytest.mark.parametrize(("hours", "live"), [(0, True), (23, True), (24, False), (1000, False)])
def test_only_the_present_repeats_hours(hours: int, live: bool) -> None:
    assert is_live([EARLIER[0], OWN], timedelta(hours=24), OWN.end + timedelta(hours=hours)) is live
