"""The schemas of the change feed."""

import marshmallow as ma

from webapp.rest.fields import Timestamp, WholeNumber
from webapp.rest.smorest import Schema
from webapp.tasks.schemas import TaskSchema
from webapp.users.schemas import UserSchema

OPS = ("snapshot", "created", "updated", "deleted", "restored")


class FeedQuerySchema(Schema):
    """The query of a page of the change feed."""

    cursor = ma.fields.String(
        metadata={
            "description": "The next_cursor of the previous page; leave it out to start with a snapshot."
        }
    )
    limit = WholeNumber(
        load_default=100,
        validate=ma.validate.Range(min=1, max=100),
        metadata={"example": 100, "description": "The maximum number of items per page."},
    )


class FeedItemSchema(Schema):
    """A change of a task or of your profile, or the current state of the task or profile."""

    entity = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf(("task", "user")),
        metadata={"example": "task", "description": "The kind of document."},
    )
    id = ma.fields.String(
        required=True,
        metadata={
            "format": "uuid",
            "example": "019a9ff5-c200-7000-8000-000000000001",
            "description": "The id of the document.",
        },
    )
    op = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf(OPS),
        metadata={
            "example": "created",
            "description": "The kind of change, or snapshot for the current state.",
        },
    )
    version = ma.fields.Integer(
        required=True, metadata={"example": 1, "description": "The version after the change."}
    )
    at = Timestamp(
        required=True,
        metadata={"example": "2026-11-20T09:30:00.000Z", "description": "The time of the change."},
    )
    task = ma.fields.Nested(
        TaskSchema,
        required=True,
        allow_none=True,
        metadata={"description": "The task after the change; null for a deleted task, and for a user."},
    )
    user = ma.fields.Nested(
        UserSchema,
        required=True,
        allow_none=True,
        metadata={"example": None, "description": "The profile after the change; null for a task."},
    )


class FeedPageSchema(Schema):
    """A page of changes, in the order in which to apply them."""

    items = ma.fields.List(ma.fields.Nested(FeedItemSchema), required=True)
    next_cursor = ma.fields.String(
        required=True,
        metadata={
            "example": "WyIyMDI2MTEyMDA5MzAwMDAwMCIsbnVsbF0.dGhlLXNpZ25hdHVyZS1vZi1vdXJz",
            "description": (
                "Send it as cursor to get the next page, now or later; a cursor older than the log gets 410."
            ),
        },
    )
    has_more = ma.fields.Boolean(
        required=True,
        metadata={"example": False, "description": "Whether more items are available now."},
    )
