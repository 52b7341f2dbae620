from datetime import UTC, datetime

import pytest

from todo_insights.errors import HourError
from todo_insights.hourly.window import window_of

NOW = datetime(2026, 11, 21, 10, 20, tzinfo=UTC)
START, END = datetime(2026, 11, 20, 3, tzinfo=UTC), datetime(2026, 11, 20, 4, tzinfo=UTC)


def test_params_win_over_the_data_interval() -> None:
    hours = window_of("2026-11-19T22", "2026-11-20T00", START, END, NOW)
    assert [str(hour) for hour in hours] == ["2026-11-19T22", "2026-11-19T23"]


def test_scheduled_run_owns_its_interval() -> None:
    assert [str(hour) for hour in window_of(None, None, START, END, NOW)] == ["2026-11-20T03"]


@pytest.mark.parametrize("interval", [(None, None), (START, START)])
def test_run_without_interval_takes_last_closed_hour(
    interval: tuple[datetime | None, datetime | None],
) -> None:
    assert [str(hour) for hour in window_of(None, None, *interval, NOW)] == ["2026-11-21T09"]


@pytest.mark.parametrize(
    ("first", "end"), [("2026-11-20T00", None), (None, "2026-11-20T00"), ("2026-11-20T00", "2026-11-20T00")]
)
def test_half_or_empty_range_is_refused(first: str | None, end: str | None) -> None:
    with pytest.raises(HourError):
        window_of(first, end, START, END, NOW)
