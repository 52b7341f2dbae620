"""A run processes its own hours, and then a limited number of slices of hours to reprocess."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.dags.change_log import NOON, after, created, task
from todo_insights.core.errors import HourError
from todo_insights.core.hours import Hour
from todo_insights.hourly import planning as module
from todo_insights.hourly.extract import Changes
from todo_insights.hourly.manifest import Reason
from todo_insights.hourly.planning import hours_of_run, is_live, plan_run

OWN = Hour(NOON)
EARLIER = [Hour(NOON - timedelta(hours=back)) for back in range(1, 4)]


NOW = datetime(2026, 11, 21, 10, 20, tzinfo=UTC)
START, END = datetime(2026, 11, 20, 3, tzinfo=UTC), datetime(2026, 11, 20, 4, tzinfo=UTC)


def test_params_override_the_data_interval() -> None:
    hours = hours_of_run("2026-11-19T22", "2026-11-20T00", START, END, NOW)
    assert [str(hour) for hour in hours] == ["2026-11-19T22", "2026-11-19T23"]


def test_scheduled_run_processes_its_interval() -> None:
    assert [str(hour) for hour in hours_of_run(None, None, START, END, NOW)] == ["2026-11-20T03"]


@pytest.mark.parametrize("interval", [(None, None), (START, START)])
def test_run_without_interval_takes_last_closed_hour(
    interval: tuple[datetime | None, datetime | None],
) -> None:
    assert [str(hour) for hour in hours_of_run(None, None, *interval, NOW)] == ["2026-11-21T09"]


@pytest.mark.parametrize(
    ("first", "end"), [("2026-11-20T00", None), (None, "2026-11-20T00"), ("2026-11-20T00", "2026-11-20T00")]
)
def test_half_or_empty_range_is_refused(first: str | None, end: str | None) -> None:
    with pytest.raises(HourError):
        hours_of_run(first, end, START, END, NOW)


def test_own_hours_come_before_hours_to_reprocess(changes: Changes) -> None:
    again: dict[Hour, Reason] = {EARLIER[2]: "erased", EARLIER[0]: "late", OWN: "late"}
    found = [(each["hour"], each["reason"]) for each in plan_run([OWN], again, changes, 100)]
    assert found == [(str(OWN), "scheduled"), (str(EARLIER[0]), "late"), (str(EARLIER[2]), "erased")]


def test_hours_that_do_not_fit_wait(changes: Changes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_REPROCESSED_SLICES", 3)
    start = EARLIER[1].start
    log = [after(created(task(_id=f"t{each}"), at=start), seconds=each * 60) for each in range(4)]
    changes.insert_many(log)
    found = plan_run([OWN], dict.fromkeys(EARLIER, "late"), changes, 1)
    # Only two of the four slices of the second hour would fit, so the whole hour waits for a later run.
    assert [each["hour"] for each in found] == [str(OWN), str(EARLIER[0])]


@pytest.mark.parametrize(("hours", "live"), [(0, True), (23, True), (24, False), (1000, False)])
def test_only_live_runs_reprocess_hours(hours: int, live: bool) -> None:
    assert is_live([EARLIER[0], OWN], timedelta(hours=24), OWN.end + timedelta(hours=hours)) is live
