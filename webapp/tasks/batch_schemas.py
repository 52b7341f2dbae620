"""What clients send and get when they write many tasks at once."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from webapp.rest.smorest import ProblemSchema, Schema
from webapp.tasks.batch import MAX_OPERATIONS, STATUS_CODES
from webapp.tasks.schemas import TaskPatchSchema, TaskSchema

TASK_ID = "01a1fd9e-7109-72ef-b7e1-8cdc5ea16602"
TASK: dict[str, Any] = {
    "id": TASK_ID,
    "title": "Water the plants",
    "description": None,
    "status": "pending",
    "priority": "medium",
    "category": None,
    "tags": [],
    "due_date": None,
    "created_at": "2026-11-21T10:19:41.705Z",
    "updated_at": "2026-11-21T10:19:41.705Z",
    "completed_at": None,
    "version": 1,
}
PROBLEM = {
    "type": "about:blank",
    "title": "Precondition Failed",
    "status": 412,
    "detail": "The task is at version 2, not at the one your If-Match names; read it again.",
    "instance": "/api/v1/tasks/batch",
    "request_id": "0f8fad5b-d9cb-469f-a165-70867728950e",
}
# What each kind of operation must have, and what it may have besides.
OPERATION_FIELDS = {
    "create": ({"task"}, set[str]()),
    "update": ({"id", "task"}, {"if_match"}),
    "delete": ({"id"}, {"if_match"}),
}


class DeferredNested(ma.fields.Nested):
    """An object of a schema that is checked later, so that what is wrong inside stops nothing else."""

    def _deserialize(self, value: Any, attr: Any, data: Any, partial: Any = None, **kwargs: Any) -> Any:
        if not isinstance(value, Mapping):
            raise self.make_error("type", input=value, type=type(value).__name__)
        return value


class BatchOperationSchema(Schema):
    """One write of a batch."""

    op = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf(STATUS_CODES),
        metadata={"example": "create", "description": "What to do."},
    )
    id = ma.fields.String(
        metadata={"example": TASK_ID, "description": "Which task to update or delete; not for create."}
    )
    if_match = ma.fields.String(
        metadata={
            "example": '"1"',
            "description": "Only if the task still has this ETag; for update and delete.",
        }
    )
    task = DeferredNested(
        TaskPatchSchema,
        metadata={
            "description": "For create the whole task, `title` included; for update a merge patch (RFC 7396)."
        },
    )

    def rules(self) -> dict[str, Any]:
        """The same as `match_members`, in JSON Schema."""
        create = {"required": ["task"], "properties": {"id": False, "if_match": False}}
        update = {"required": ["id", "task"]}
        delete = {"required": ["id"], "properties": {"task": False}}
        condition = {"if": _is("update"), "then": update, "else": delete}
        return {"if": _is("create"), "then": create, "else": condition}

    @ma.validates_schema
    def match_members(self, operation: dict[str, Any], **kwargs: Any) -> None:
        """Ask for exactly the members that this kind of operation has."""
        needed, allowed = OPERATION_FIELDS[operation["op"]]
        missing, unknown = needed - operation.keys(), operation.keys() - needed - allowed - {"op"}
        errors = {name: [f"Missing: {operation['op']} needs it."] for name in sorted(missing)}
        errors |= {name: [f"Not for {operation['op']}; leave it out."] for name in sorted(unknown)}
        if errors:
            raise ma.ValidationError(errors)


def _is(op: str) -> dict[str, Any]:
    return {"properties": {"op": {"const": op}}}


class BatchSchema(Schema):
    """Up to 100 writes, carried out in their order."""

    operations = ma.fields.List(
        ma.fields.Nested(BatchOperationSchema),
        required=True,
        validate=ma.validate.Length(min=1, max=MAX_OPERATIONS),
        metadata={
            "description": "What to do.",
            "example": [
                {"op": "create", "task": {"title": "Water the plants"}},
                {"op": "update", "id": TASK_ID, "if_match": '"1"', "task": {"status": "completed"}},
                {"op": "delete", "id": TASK_ID},
            ],
        },
    )


class BatchResultSchema(Schema):
    """What became of one write."""

    status = ma.fields.Integer(
        metadata={
            "minimum": 200,
            "maximum": 599,
            "example": 201,
            "description": "The status that it would have had as a request of its own.",
        }
    )
    id = ma.fields.String(
        metadata={"optional": True, "example": TASK_ID, "description": "The task; none if none was made."}
    )
    etag = ma.fields.String(
        metadata={"optional": True, "example": '"1"', "description": "The ETag of the task since."}
    )
    task = ma.fields.Nested(TaskSchema, metadata={"optional": True, "description": "The task since."})
    problem = ma.fields.Nested(
        ProblemSchema, metadata={"optional": True, "description": "Why it was not carried out."}
    )


class BatchResultsSchema(Schema):
    """What became of each write of a batch."""

    results = ma.fields.List(
        ma.fields.Nested(BatchResultSchema),
        metadata={
            "description": "One result per operation, in their order.",
            "example": [
                {"status": 201, "id": TASK_ID, "etag": '"1"', "task": TASK},
                {"status": 412, "id": TASK_ID, "problem": PROBLEM},
                {"status": 204, "id": TASK_ID},
            ],
        },
    )
