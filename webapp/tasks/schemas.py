"""The schemas of tasks in requests and responses."""

from typing import Any

import marshmallow as ma

from webapp.core.text import searchable
from webapp.rest.fields import BoundedList, CalendarDate, Timestamp, TrimmedString, TrueOrFalse, WholeNumber
from webapp.rest.smorest import Schema
from webapp.tasks.fields import input_fields, patch_fields, read_only_fields, task_fields
from webapp.tasks.ordering import SORTS
from webapp.tasks.rules import PRIORITIES, STATUSES

MAX_WORDS = 10


class TaskPatchSchema(Schema.from_dict(patch_fields())):  # type: ignore[misc]  # built at run time
    """Changes to a task (merge patch, RFC 7396): null clears a field, a missing field stays unchanged."""

    @ma.post_load
    def remove_duplicate_tags(self, fields: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Keep each tag once, in the given order; null becomes an empty list."""
        if "tags" in fields:
            fields["tags"] = list(dict.fromkeys(fields["tags"] or ()))
        return fields


class TaskInputSchema(TaskPatchSchema.from_dict(input_fields())):  # type: ignore[misc]  # see TaskPatchSchema
    """A complete task as a client sends it."""


class TaskReplacementSchema(TaskInputSchema.from_dict(read_only_fields())):  # type: ignore[misc]  # see TaskPatchSchema
    """A complete task that replaces a stored task; read-only fields may be sent with their current values."""


class TaskSchema(Schema.from_dict(task_fields())):  # type: ignore[misc]  # see TaskPatchSchema
    """A task, as responses contain it."""


class SortKeys(BoundedList):
    """The names of sort keys, as a repeated query parameter or as one list separated by commas."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        names = [name for text in value for name in text.split(",")]
        return super()._deserialize(names, attr, data, **kwargs)


class TaskQuerySchema(Schema):
    """The filters and the order of the list; a task must match all filters."""

    status = BoundedList(
        ma.fields.String(validate=ma.validate.OneOf(STATUSES)),
        longest=len(STATUSES),
        metadata={
            "example": ["pending", "in_progress"],
            "description": "Only tasks with this status; repeat the parameter to allow several statuses.",
        },
    )
    priority = BoundedList(
        ma.fields.String(validate=ma.validate.OneOf(PRIORITIES)),
        longest=len(PRIORITIES),
        metadata={
            "example": ["high", "urgent"],
            "description": "Only tasks with this priority; repeat the parameter to allow several priorities.",
        },
    )
    category = TrimmedString(
        shortest=1, longest=50, metadata={"example": "home", "description": "Only tasks of this category."}
    )
    has_category = TrueOrFalse(
        metadata={
            "example": True,
            "description": "`true`: only tasks with a category; `false`: only tasks without a category.",
        }
    )
    tag = BoundedList(
        TrimmedString(shortest=1, longest=30),
        longest=20,
        metadata={
            "example": ["weekly"],
            "description": "Only tasks with this tag; repeat the parameter to allow several tags.",
        },
    )
    has_due_date = TrueOrFalse(
        metadata={
            "example": True,
            "description": "`true`: only tasks with a due date; `false`: only tasks without a due date.",
        }
    )
    due_before = CalendarDate(
        metadata={"example": "2026-12-25", "description": "Only tasks due before this day."}
    )
    due_after = CalendarDate(
        metadata={"example": "2026-11-30", "description": "Only tasks due after this day."}
    )
    overdue = TrueOrFalse(
        metadata={
            "example": False,
            "description": "`true`: only open tasks (pending, in_progress) that were due before today in "
            "your time zone; `false`: only the other tasks.",
        },
    )
    q = TrimmedString(
        shortest=1,
        longest=200,
        metadata={
            "example": "water plants",
            "description": "Only tasks with each of these words (up to 10) in the title or the description. "
            "Parts of words match; case and accents are ignored, and ø is found as o, æ as ae.",
        },
    )
    updated_since = Timestamp(
        metadata={
            "example": "2026-11-01T00:00:00.000Z",
            "description": "Only tasks created or changed at this time or later.",
        }
    )
    sort = SortKeys(
        ma.fields.String(validate=ma.validate.OneOf([sign + name for name in SORTS for sign in ("", "-")])),
        shortest=1,
        longest=2,
        load_default=("-created_at",),
        metadata={
            "default": ["-created_at"],
            "example": ["-priority", "due_date"],
            "description": "The order: one field, or two (repeat the parameter, or separate the fields by a "
            "comma); `-` before a field means descending. The second field orders the tasks that are equal "
            "in the first field. Low is the lowest priority, and no due date counts as later than any date. "
            "Tasks with equal values are ordered by creation, in the direction of the last field.",
        },
    )
    limit = WholeNumber(
        load_default=20,
        validate=ma.validate.Range(min=1, max=100),
        metadata={
            "example": 20,
            "description": "The maximum number of tasks per page; it may differ between pages.",
        },
    )
    cursor = ma.fields.String(
        metadata={
            "description": "The `next_cursor` of the previous page: continues after that page. The filters "
            "and `sort` must be the same as for that page."
        },
    )

    @ma.validates("q")
    def check_words(self, value: str, data_key: str) -> None:
        """Reject a search text without words, or with too many words."""
        words = len(searchable(value).split())
        if not 1 <= words <= MAX_WORDS:
            raise ma.ValidationError(f"Must have 1 to {MAX_WORDS} words.")

    @ma.post_load
    def sort_values(self, query: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Sort the values of repeated filters, because their order must not change the digest of the list."""
        repeated = {name: tuple(sorted(set(query.get(name, ())))) for name in ("status", "priority", "tag")}
        return {**query, **repeated, "sort": tuple(query["sort"])}


class TaskPageSchema(Schema):
    """One page of a list of tasks."""

    items = ma.fields.List(
        ma.fields.Nested(TaskSchema),
        metadata={"maxItems": 100, "description": "The tasks, in the requested order."},
    )
    next_cursor = ma.fields.String(
        allow_none=True,
        metadata={
            "description": "Send it as `cursor` to get the next page; null on the last page.",
            "example": None,
        },
    )
