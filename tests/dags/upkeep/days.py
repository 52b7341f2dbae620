"""The hours of the lake that these tests share."""

from datetime import UTC, datetime, timedelta

from todo_insights.hours import Hour, hours_between

FIRST = Hour.parse("2026-11-18T00")
DAYS = ["2026-11-18", "2026-11-19"]
HOURS = list(hours_between(FIRST, Hour(FIRST.start + timedelta(hours=50))))
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
