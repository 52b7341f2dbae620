"""The schemas of insights."""

from typing import Any

import marshmallow as ma

from webapp.rest.fields import CalendarDate, Timestamp
from webapp.rest.smorest import Schema

DECIMALS = 4


class Decimal(ma.fields.Float):
    """A ratio or average, rounded to four decimals; null if the divisor is 0."""

    def __init__(self, example: float, description: str) -> None:
        text = f"{description} Rounded to {DECIMALS} decimals."
        super().__init__(allow_none=True, metadata={"example": example, "description": text})

    def _serialize(self, value: float | None, attr: str | None, obj: Any, **kwargs: Any) -> float | None:
        return None if value is None else round(value, DECIMALS)


def count(example: int, description: str) -> ma.fields.Integer:
    """Return a schema field for a whole number, with an example and a description."""
    return ma.fields.Integer(metadata={"example": example, "description": description})


class CoverageSchema(Schema):
    """The period that the figures cover."""

    source = ma.fields.String(
        validate=ma.validate.OneOf(("lake", "none")),
        metadata={
            "example": "lake",
            "description": (
                "The source of the figures: lake, or none until the pipeline has written your figures."
            ),
        },
    )
    as_of = Timestamp(
        allow_none=True,
        metadata={
            "example": "2026-11-20T09:00:00.000Z",
            "description": "Changes before this time are counted; null when source is none.",
        },
    )
    covers_from = Timestamp(
        allow_none=True,
        metadata={
            "example": "2026-11-01T00:00:00.000Z",
            "description": "Changes at or after this time are counted; null when source is none.",
        },
    )
    missing_hours = count(0, "The hours between covers_from and as_of that are not counted yet.")
    provisional_from = Timestamp(
        allow_none=True,
        metadata={
            "example": "2026-11-20T08:00:00.000Z",
            "description": (
                "Figures at or after this time are provisional: the hour that starts here was read before it "
                "was complete, and will be read again. Null if no hour is provisional."
            ),
        },
    )


class LiveTasksSchema(Schema):
    """The number of existing tasks, by status."""

    pending = count(3, "Tasks with the status pending.")
    in_progress = count(1, "Tasks with the status in_progress.")
    completed = count(6, "Tasks with the status completed.")
    cancelled = count(0, "Tasks with the status cancelled.")
    total = count(10, "Tasks of any status.")


class CategorySchema(LiveTasksSchema):
    """Tasks of one category."""

    category = ma.fields.String(
        allow_none=True,
        metadata={"example": "home", "description": "The category; null for tasks without one."},
    )


class PrioritySchema(LiveTasksSchema):
    """Tasks of one priority."""

    priority = ma.fields.String(metadata={"example": "high", "description": "The priority."})


class ActivitySchema(Schema):
    """The number of changes of tasks, including tasks that were deleted later."""

    changes = count(31, "Changes of any kind.")
    created = count(12, "Tasks created.")
    completed = count(8, "Completions; a task that was reopened and completed again counts twice.")
    reopened = count(2, "Tasks that left the status completed.")
    deleted = count(2, "Tasks deleted.")


class StreaksSchema(Schema):
    """Streaks: consecutive days, in your time zone, with at least one completion each."""

    current = count(3, "The days of the streak that includes the day of as_of or the day before.")
    longest = count(5, "The number of days of the longest streak.")


class AgeGroupSchema(Schema):
    """The number of open tasks in a range of ages."""

    from_days = count(7, "The lowest age in days.")
    to_days = ma.fields.Integer(
        allow_none=True,
        metadata={"example": 29, "description": "The highest age in days; null for no limit."},
    )
    pending = count(2, "Tasks with the status pending.")
    in_progress = count(1, "Tasks with the status in_progress.")
    total = count(3, "Open tasks of these ages.")


class OpenTasksSchema(Schema):
    """Tasks that are pending or in progress, by their age in days (from UTC dates)."""

    total = count(4, "Open tasks.")
    median_days = Decimal(4.5, "The median age in days; null without open tasks.")
    oldest_days = ma.fields.Integer(
        allow_none=True,
        metadata={"example": 12, "description": "The highest age in days; null without open tasks."},
    )
    by_age = ma.fields.List(
        ma.fields.Nested(AgeGroupSchema), metadata={"description": "Four groups of ages, in order."}
    )


class InsightsSchema(CoverageSchema):
    """Your figures, as the hourly pipeline computed them."""

    tasks = ma.fields.Nested(LiveTasksSchema, metadata={"description": "Your existing tasks."})
    activity = ma.fields.Nested(ActivitySchema, metadata={"description": "Your activity since covers_from."})
    completion_rate = Decimal(0.6, "The share of your existing tasks that are completed, from 0 to 1.")
    on_time_rate = Decimal(0.75, "The share of completions with a due date that were not late, from 0 to 1.")
    median_cycle_hours = Decimal(26.5, "Median time from creation to completion, in hours.")
    streaks = ma.fields.Nested(StreaksSchema, metadata={"description": "Your streaks."})
    by_category = ma.fields.List(
        ma.fields.Nested(CategorySchema),
        metadata={"description": "Your tasks by category, the 100 largest categories in descending order."},
    )
    by_priority = ma.fields.List(
        ma.fields.Nested(PrioritySchema),
        metadata={"description": "Your tasks by priority, from low to urgent."},
    )
    open_tasks = ma.fields.Nested(
        OpenTasksSchema, metadata={"description": "Your open tasks and their age at as_of."}
    )


ON_TIME = count(3, "Completions on or before the due date.")
LATE = count(1, "Completions after the due date.")


class DaySchema(ActivitySchema):
    """The activity of one day, and the number of tasks at its end."""

    date = CalendarDate(
        metadata={
            "example": "2026-11-20",
            "description": "The date in your time zone at the time of the change.",
        }
    )
    completed_on_time = ON_TIME
    completed_late = LATE
    tasks = ma.fields.Nested(
        LiveTasksSchema,
        allow_none=True,
        metadata={
            "description": "Your existing tasks at the end of the day, or at as_of; null for later days."
        },
    )


class DaysSchema(CoverageSchema):
    """The activity of a range of days, with one entry for each day, in order."""

    time_zone = ma.fields.String(
        metadata={"example": "Europe/Lisbon", "description": "Your time zone, which the default range uses."}
    )
    items = ma.fields.List(
        ma.fields.Nested(DaySchema),
        metadata={"description": "Every day of the range; a day without activity has zeros."},
    )


LAST_DAY = CalendarDate(
    data_key="to",
    metadata={
        "example": "2026-11-20",
        "description": "The last day; by default the day of as_of, or today if as_of is null.",
    },
)


def first_day(limit: str = "") -> CalendarDate:
    """Return a schema field for the first day of a range; `limit` is appended to its description."""
    text = f"The first day; by default 29 days before the parameter to.{limit}"
    return CalendarDate(data_key="from", metadata={"example": "2026-11-01", "description": text})


class DaysQuerySchema(Schema):
    """The first and the last day of a list of at most 366 days."""

    first = first_day(" The range has at most 366 days.")
    last = LAST_DAY
