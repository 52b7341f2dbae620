"""The schemas of the figures of a period."""

import marshmallow as ma

from webapp.insights.schemas import (
    LAST_DAY,
    LATE,
    ON_TIME,
    ActivitySchema,
    CoverageSchema,
    Decimal,
    count,
    first_day,
)
from webapp.rest.fields import CalendarDate, WholeNumber
from webapp.rest.smorest import Schema


class CycleHoursSchema(Schema):
    """The times from creation to completion in hours: the median, and percentiles by nearest rank."""

    completions = count(8, "Completions.")
    p10 = Decimal(1.5, "A tenth of the completions took at most this time.")
    p25 = Decimal(4.25, "A quarter of the completions took at most this time.")
    median = Decimal(26.5, "The median: half of the completions took at most this time.")
    p75 = Decimal(51.0, "Three quarters of the completions took at most this time.")
    p90 = Decimal(98.75, "Nine tenths of the completions took at most this time.")


class HourSchema(Schema):
    """Your activity in one hour of one weekday, in your time zone at the time of each change."""

    weekday = count(1, "The weekday, from 1 (Monday) to 7 (Sunday), as in ISO 8601.")
    hour = count(9, "The hour of the day, from 0 to 23.")
    changes = count(5, "The number of changes of any kind.")
    created = count(2, "Tasks created.")
    completed = count(1, "Completions.")


class SummarySchema(Schema):
    """The figures of a range of days."""

    first = CalendarDate(data_key="from", metadata={"example": "2026-11-14", "description": "The first day."})
    last = CalendarDate(data_key="to", metadata={"example": "2026-11-20", "description": "The last day."})
    activity = ma.fields.Nested(ActivitySchema, metadata={"description": "Your activity on these days."})
    completion_days = count(5, "Days with at least one completion.")
    completed_on_time = ON_TIME
    completed_late = LATE
    on_time_rate = Decimal(0.75, "The share of completions with a due date that were not late, from 0 to 1.")
    cycle_hours = ma.fields.Nested(
        CycleHoursSchema, metadata={"description": "Cycle times of the completions on these days."}
    )


class PeriodSchema(CoverageSchema, SummarySchema):
    """Your figures of a range of days, and of an earlier range of the same length."""

    time_zone = ma.fields.String(metadata={"example": "Europe/Lisbon", "description": "Your time zone."})
    by_hour = ma.fields.List(
        ma.fields.Nested(HourSchema),
        metadata={"description": "All 168 hours of the week, from Monday at 0 to Sunday at 23."},
    )
    previous = ma.fields.Nested(
        SummarySchema,
        allow_none=True,
        metadata={"description": "The earlier range; null if it would begin before the year 1."},
    )


class PeriodQuerySchema(Schema):
    """The range of days to summarize, and the distance to the earlier range."""

    first = first_day()
    last = LAST_DAY
    compare_days = WholeNumber(
        validate=ma.validate.Range(min=1, max=3660),
        metadata={
            "example": 7,
            "description": (
                "How many days earlier the previous range is; by default the length of the range. With 7, a "
                "part of a week is compared with the same weekdays of the week before."
            ),
        },
    )
