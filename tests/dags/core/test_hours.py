from datetime import UTC, datetime, timedelta, timezone

import pytest

from todo_insights.core.errors import HourError
from todo_insights.core.hours import Hour, hours_between


def test_hour_prints_its_parsed_text() -> None:
    assert str(Hour.parse("2026-11-20T07")) == "2026-11-20T07"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-20",
        "2026-11-20T24",
        "2026-11-20T7",
        "2026-1-2T03",
        "2026-02-30T00",
        "2026-11-20T00:00",
        "now",
    ],
)
def test_text_that_is_no_hour_is_refused(text: str) -> None:
    with pytest.raises(HourError, match="write it like 2026-11-20T00"):
        Hour.parse(text)


def test_hour_has_partition_columns_as_text() -> None:
    hour = Hour.parse("2026-01-02T03")
    assert (hour.dt, hour.hour) == ("2026-01-02", "03")


def test_moment_in_another_zone_has_a_utc_hour() -> None:
    india = timezone(timedelta(hours=5, minutes=30))
    assert Hour.containing(datetime(2026, 11, 20, 5, 29, 59, tzinfo=india)) == Hour.parse("2026-11-19T23")


def test_range_excludes_its_end() -> None:
    hours = hours_between(Hour.parse("2026-11-20T22"), Hour.parse("2026-11-21T01"))
    assert [str(hour) for hour in hours] == ["2026-11-20T22", "2026-11-20T23", "2026-11-21T00"]


@pytest.mark.parametrize("end", ["2026-11-20T05", "2026-11-20T04"])
def test_range_without_an_hour_is_refused(end: str) -> None:
    with pytest.raises(HourError, match="contains no hour"):
        list(hours_between(Hour.parse("2026-11-20T05"), Hour.parse(end)))


def test_hour_is_half_open() -> None:
    hour = Hour.parse("2026-11-20T05")
    assert hour.end == hour.next.start == datetime(2026, 11, 20, 6, tzinfo=UTC)
