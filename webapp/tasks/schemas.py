"""What clients send and get about tasks."""

from typing import Any

import marshmallow as ma

from webapp.rest.fields import CalendarDate, Timestamp, TrimmedString, WholeNumber
from webapp.rest.smorest import Schema
from webapp.tasks.query import SORTS
from webapp.tasks.rules import PRIORITIES, STATUSES
from webapp.tasks.sort_keys import searchable

TITLE = {"description": "What to do.", "example": "Water the plants"}
DESCRIPTION = {"description": "More about it.", "example": "All of them, the cactus too."}
STATUS = {"description": "How far it is; any status may follow any other.", "example": "pending"}
PRIORITY = {"description": "How much it matters.", "example": "high"}
CATEGORY = {"description": "The one heading it belongs under.", "example": "home"}
TAGS = {"description": "Words to find it by; each counts once.", "example": ["balcony", "weekly"]}
DUE_DATE = {"description": "The day by which it should be done, in your time zone.", "example": "2026-12-24"}

MAX_WORDS = 10


class TaskPatchSchema(Schema):
    """Changes to a task (JSON merge patch, RFC 7396): what is left out stays, null clears."""

    title = TrimmedString(shortest=1, longest=200, metadata=TITLE)
    description = TrimmedString(longest=5000, allow_none=True, metadata=DESCRIPTION)
    status = ma.fields.String(
        validate=ma.validate.OneOf(STATUSES), metadata={**STATUS, "example": "completed"}
    )
    priority = ma.fields.String(validate=ma.validate.OneOf(PRIORITIES), metadata=PRIORITY)
    category = TrimmedString(shortest=1, longest=50, allow_none=True, metadata=CATEGORY)
    tags = ma.fields.List(
        TrimmedString(shortest=1, longest=30),
        allow_none=True,
        validate=ma.validate.Length(max=20),
        metadata=TAGS,
    )
    due_date = CalendarDate(allow_none=True, metadata=DUE_DATE)

    @ma.post_load
    def tidy_tags(self, fields: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Keep each tag once, in the order given; no tags is an empty list."""
        if "tags" in fields:
            fields["tags"] = list(dict.fromkeys(fields["tags"] or ()))
        return fields


class TaskInputSchema(TaskPatchSchema):
    """A whole task as a client writes it."""

    title = TrimmedString(required=True, shortest=1, longest=200, metadata=TITLE)
    description = TrimmedString(longest=5000, allow_none=True, load_default=None, metadata=DESCRIPTION)
    status = ma.fields.String(load_default="pending", validate=ma.validate.OneOf(STATUSES), metadata=STATUS)
    priority = ma.fields.String(
        load_default="medium", validate=ma.validate.OneOf(PRIORITIES), metadata=PRIORITY
    )
    category = TrimmedString(shortest=1, longest=50, allow_none=True, load_default=None, metadata=CATEGORY)
    tags = ma.fields.List(
        TrimmedString(shortest=1, longest=30),
        allow_none=True,
        load_default=list,
        validate=ma.validate.Length(max=20),
        metadata={**TAGS, "default": []},
    )
    due_date = CalendarDate(allow_none=True, load_default=None, metadata=DUE_DATE)


class TaskSchema(Schema):
    """A task."""

    id = ma.fields.String(
        attribute="_id",
        metadata={
            "format": "uuid",
            "description": "Given by the service; later tasks have greater ids.",
            "example": "01a1fd9e-7109-72ef-b7e1-8cdc5ea16602",
        },
    )
    title = ma.fields.String(metadata=TITLE)
    description = ma.fields.String(allow_none=True, metadata=DESCRIPTION)
    status = ma.fields.String(validate=ma.validate.OneOf(STATUSES), metadata=STATUS)
    priority = ma.fields.String(validate=ma.validate.OneOf(PRIORITIES), metadata=PRIORITY)
    category = ma.fields.String(allow_none=True, metadata=CATEGORY)
    tags = ma.fields.List(ma.fields.String(), metadata=TAGS)
    due_date = CalendarDate(allow_none=True, metadata=DUE_DATE)
    created_at = Timestamp(
        metadata={"description": "When it was created.", "example": "2026-11-21T10:19:41.705Z"}
    )
    updated_at = Timestamp(
        metadata={"description": "When it was last changed.", "example": "2026-11-21T10:19:41.705Z"}
    )
    completed_at = Timestamp(
        allow_none=True,
        metadata={"description": "Since when it is completed; null unless it is.", "example": None},
    )
    version = ma.fields.Integer(
        metadata={"minimum": 1, "description": "1, and one more with each change.", "example": 1}
    )


class TaskQuerySchema(Schema):
    """Which tasks to list, and in which order: a task has to pass every filter."""

    status = ma.fields.String(
        validate=ma.validate.OneOf(STATUSES),
        metadata={"example": "pending", "description": "Only tasks of this status."},
    )
    priority = ma.fields.String(
        validate=ma.validate.OneOf(PRIORITIES),
        metadata={"example": "high", "description": "Only tasks of this priority."},
    )
    category = TrimmedString(
        shortest=1, longest=50, metadata={"example": "home", "description": "Only tasks of this category."}
    )
    tag = ma.fields.List(
        TrimmedString(shortest=1, longest=30),
        validate=ma.validate.Length(max=20),
        metadata={
            "example": ["weekly"],
            "description": "Only tasks with this tag; repeat it for tasks with any of several.",
        },
    )
    due_before = CalendarDate(
        metadata={"example": "2026-12-25", "description": "Only tasks due before this day."}
    )
    due_after = CalendarDate(
        metadata={"example": "2026-11-30", "description": "Only tasks due after this day."}
    )
    overdue = ma.fields.Boolean(
        truthy={"true"},
        falsy={"false"},
        metadata={
            "example": False,
            "description": "`true`: only open tasks (pending, in_progress) that were due before today in "
            "your time zone; `false`: only the others.",
        },
    )
    q = TrimmedString(
        shortest=1,
        longest=200,
        metadata={
            "example": "water plants",
            "description": "Only tasks with each of these words (up to 10) in the title or the description. "
            "Part of a word will do; case and accents do not matter.",
        },
    )
    updated_since = Timestamp(
        metadata={
            "example": "2026-11-01T00:00:00.000Z",
            "description": "Only tasks created or changed at this moment or later.",
        }
    )
    sort = ma.fields.String(
        load_default="-created_at",
        validate=ma.validate.OneOf([sign + name for name in SORTS for sign in ("", "-")]),
        metadata={
            "example": "due_date",
            "description": "The order, `-` for descending. Low is the lowest priority, no due date counts as "
            "later than any date, and of equals the older one counts as lower.",
        },
    )
    limit = WholeNumber(
        load_default=20,
        validate=ma.validate.Range(min=1, max=100),
        metadata={"example": 20, "description": "How many tasks a page may have; free to change on the way."},
    )
    cursor = ma.fields.String(
        metadata={
            "description": "The `next_cursor` of the page before: goes on behind that page. The filters and "
            "`sort` have to be those of that page."
        },
    )

    @ma.validates("q")
    def check_words(self, value: str, data_key: str) -> None:
        """Refuse a search for nothing, and one for too much."""
        words = len(searchable(value).split())
        if not 1 <= words <= MAX_WORDS:
            raise ma.ValidationError(f"Must have 1 to {MAX_WORDS} words.")

    @ma.post_load
    def sort_tags(self, query: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Any of these tags, whatever their order."""
        return {**query, "tag": tuple(sorted(set(query.get("tag", ()))))}


class TaskPageSchema(Schema):
    """One page of a list of tasks."""

    items = ma.fields.List(
        ma.fields.Nested(TaskSchema),
        metadata={"maxItems": 100, "description": "The tasks, in the order asked for."},
    )
    next_cursor = ma.fields.String(
        allow_none=True,
        metadata={
            "description": "Send it as `cursor` to get the next page; null on the last one.",
            "example": None,
        },
    )
