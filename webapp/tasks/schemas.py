"""What clients send and get about tasks."""

from typing import Any

import marshmallow as ma

from webapp.extensions.fields import CalendarDate, Text, Timestamp
from webapp.extensions.smorest import Schema
from webapp.tasks.rules import PRIORITIES, STATUSES


class TaskPatchSchema(Schema):
    """Changes to a task (JSON merge patch, RFC 7396): what is left out stays, null clears."""

    title = Text(shortest=1, longest=200, metadata={"example": "Water the plants"})
    description = Text(longest=5000, allow_none=True, metadata={"example": "All of them"})
    status = ma.fields.String(validate=ma.validate.OneOf(STATUSES))
    priority = ma.fields.String(validate=ma.validate.OneOf(PRIORITIES))
    category = Text(shortest=1, longest=50, allow_none=True, metadata={"example": "home"})
    tags = ma.fields.List(Text(shortest=1, longest=30), allow_none=True, validate=ma.validate.Length(max=20))
    due_date = CalendarDate(allow_none=True, metadata={"example": "2026-12-24"})

    @ma.post_load
    def tidy_tags(self, fields: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Keep each tag once, in the order given; no tags is an empty list."""
        if "tags" in fields:
            fields["tags"] = list(dict.fromkeys(fields["tags"] or ()))
        return fields


class TaskInputSchema(TaskPatchSchema):
    """A whole task as a client writes it."""

    title = Text(required=True, shortest=1, longest=200, metadata={"example": "Water the plants"})
    description = Text(longest=5000, allow_none=True, load_default=None, metadata={"example": "All of them"})
    status = ma.fields.String(load_default="pending", validate=ma.validate.OneOf(STATUSES))
    priority = ma.fields.String(load_default="medium", validate=ma.validate.OneOf(PRIORITIES))
    category = Text(shortest=1, longest=50, allow_none=True, load_default=None, metadata={"example": "home"})
    tags = ma.fields.List(
        Text(shortest=1, longest=30),
        allow_none=True,
        load_default=list,
        validate=ma.validate.Length(max=20),
        metadata={"example": ["soon"]},
    )
    due_date = CalendarDate(allow_none=True, load_default=None, metadata={"example": "2026-12-24"})


class TaskSchema(Schema):
    """A task."""

    id = ma.fields.String(attribute="_id")
    title = ma.fields.String()
    description = ma.fields.String(allow_none=True)
    status = ma.fields.String()
    priority = ma.fields.String()
    category = ma.fields.String(allow_none=True)
    tags = ma.fields.List(ma.fields.String())
    due_date = CalendarDate(allow_none=True)
    created_at = Timestamp()
    updated_at = Timestamp()
    completed_at = Timestamp(allow_none=True)
    version = ma.fields.Integer()


class TaskQuerySchema(Schema):
    """Which tasks to list."""

    status = ma.fields.String(validate=ma.validate.OneOf(STATUSES))
    priority = ma.fields.String(validate=ma.validate.OneOf(PRIORITIES))
    category = Text(shortest=1, longest=50)
    limit = ma.fields.Integer(load_default=20, validate=ma.validate.Range(min=1, max=100))
    cursor = ma.fields.String(metadata={"description": "The next_cursor of the page before."})


class TaskPageSchema(Schema):
    """One page of tasks, newest first; `next_cursor` is null on the last one."""

    items = ma.fields.List(ma.fields.Nested(TaskSchema))
    next_cursor = ma.fields.String(allow_none=True)
