"""What clients send and get about tasks."""

from typing import Any

import marshmallow as ma

from webapp.extensions.fields import CalendarDate, Text, Timestamp
from webapp.extensions.smorest import Schema
from webapp.tasks.rules import PRIORITIES, STATUSES

TITLE = {"description": "What to do.", "example": "Water the plants"}
DESCRIPTION = {"description": "More about it.", "example": "All of them, the cactus too."}
STATUS = {"description": "How far it is; any status may follow any other.", "example": "pending"}
PRIORITY = {"description": "How much it matters.", "example": "high"}
CATEGORY = {"description": "The one heading it belongs under.", "example": "home"}
TAGS = {"description": "Words to find it by; each counts once.", "example": ["balcony", "weekly"]}
DUE_DATE = {"description": "The day by which it should be done, in your time zone.", "example": "2026-12-24"}


class TaskPatchSchema(Schema):
    """Changes to a task (JSON merge patch, RFC 7396): what is left out stays, null clears."""

    title = Text(shortest=1, longest=200, metadata=TITLE)
    description = Text(longest=5000, allow_none=True, metadata=DESCRIPTION)
    status = ma.fields.String(
        validate=ma.validate.OneOf(STATUSES), metadata={**STATUS, "example": "completed"}
    )
    priority = ma.fields.String(validate=ma.validate.OneOf(PRIORITIES), metadata=PRIORITY)
    category = Text(shortest=1, longest=50, allow_none=True, metadata=CATEGORY)
    tags = ma.fields.List(
        Text(shortest=1, longest=30), allow_none=True, validate=ma.validate.Length(max=20), metadata=TAGS
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

    title = Text(required=True, shortest=1, longest=200, metadata=TITLE)
    description = Text(longest=5000, allow_none=True, load_default=None, metadata=DESCRIPTION)
    status = ma.fields.String(load_default="pending", validate=ma.validate.OneOf(STATUSES), metadata=STATUS)
    priority = ma.fields.String(
        load_default="medium", validate=ma.validate.OneOf(PRIORITIES), metadata=PRIORITY
    )
    category = Text(shortest=1, longest=50, allow_none=True, load_default=None, metadata=CATEGORY)
    tags = ma.fields.List(
        Text(shortest=1, longest=30),
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
    """Which tasks to list."""

    status = ma.fields.String(validate=ma.validate.OneOf(STATUSES))
    priority = ma.fields.String(validate=ma.validate.OneOf(PRIORITIES))
    category = Text(shortest=1, longest=50)
    limit = ma.fields.Integer(load_default=20, validate=ma.validate.Range(min=1, max=100))
    cursor = ma.fields.String(metadata={"description": "The next_cursor of the page before."})


class TaskPageSchema(Schema):
    """One page of tasks; `next_cursor` is null on the last one."""

    items = ma.fields.List(
        ma.fields.Nested(TaskSchema), metadata={"maxItems": 100, "description": "The tasks of this page."}
    )
    next_cursor = ma.fields.String(
        allow_none=True,
        metadata={"description": "Send it as `cursor` to get the next page.", "example": None},
    )
