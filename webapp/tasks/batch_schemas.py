"""The schemas of batches."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from webapp.openapi.problems import example
from webapp.rest.fields import BoundedList
from webapp.rest.smorest import ProblemSchema, Schema
from webapp.tasks.batch import MAX_OPERATIONS, STATUS_CODES
from webapp.tasks.fields import TASK_ID, example_of_new_task
from webapp.tasks.schemas import TaskPatchSchema, TaskSchema

# The required and the optional members of each kind of operation.
OPERATION_FIELDS = {
    "create": ({"task"}, set[str]()),
    "update": ({"id", "task"}, {"if_match"}),
    "delete": ({"id"}, {"if_match"}),
}


class DeferredNested(ma.fields.Nested):
    """A nested object that is validated later, so that errors in the object reject only its own operation."""

    def _deserialize(self, value: Any, attr: Any, data: Any, partial: Any = None, **kwargs: Any) -> Any:
        if not isinstance(value, Mapping):
            raise self.make_error("type", input=value, type=type(value).__name__)
        return value


class BatchOperationSchema(Schema):
    """One write of a batch."""

    op = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf(STATUS_CODES),
        metadata={"example": "create", "description": "The kind of operation."},
    )
    id = ma.fields.String(
        validate=ma.validate.Length(max=64),
        metadata={
            "example": TASK_ID,
            "description": "The id of the task to update or delete; not for create.",
        },
    )
    if_match = ma.fields.String(
        validate=ma.validate.Length(max=256),
        metadata={
            "example": '"1"',
            "description": "For update and delete: execute only if the task still has this ETag.",
        },
    )
    task = DeferredNested(
        TaskPatchSchema,
        metadata={"description": "For create: the complete task; for update: a merge patch (RFC 7396)."},
    )

    def rules(self) -> dict[str, Any]:
        """Return the rules that `match_members` checks, as JSON Schema."""
        create = {"required": ["task"], "properties": {"id": False, "if_match": False}}
        update = {"required": ["id", "task"]}
        delete = {"required": ["id"], "properties": {"task": False}}
        condition = {"if": _is("update"), "then": update, "else": delete}
        return {"if": _is("create"), "then": create, "else": condition}

    @ma.validates_schema
    def match_members(self, operation: dict[str, Any], **kwargs: Any) -> None:
        """Check that the operation has the members that its kind requires, and only allowed members."""
        needed, allowed = OPERATION_FIELDS[operation["op"]]
        missing, unknown = needed - operation.keys(), operation.keys() - needed - allowed - {"op"}
        errors = {name: [f"Missing: {operation['op']} needs it."] for name in sorted(missing)}
        errors |= {name: [f"Not for {operation['op']}; leave it out."] for name in sorted(unknown)}
        if errors:
            raise ma.ValidationError(errors)


def _is(op: str) -> dict[str, Any]:
    return {"properties": {"op": {"const": op}}}


class BatchSchema(Schema):
    """Up to 100 writes, executed in order."""

    operations = BoundedList(
        ma.fields.Nested(BatchOperationSchema),
        shortest=1,
        longest=MAX_OPERATIONS,
        required=True,
        metadata={
            "description": "The writes, in the order in which they are executed.",
            "example": [
                {"op": "create", "task": {"title": "Water the plants"}},
                {"op": "update", "id": TASK_ID, "if_match": '"1"', "task": {"status": "completed"}},
                {"op": "delete", "id": TASK_ID},
            ],
        },
    )


class BatchResultSchema(Schema):
    """The result of one write."""

    status = ma.fields.Integer(
        metadata={
            "minimum": 200,
            "maximum": 599,
            "example": 201,
            "description": "The status that a single request would have got.",
        }
    )
    id = ma.fields.String(
        metadata={
            "optional": True,
            "example": TASK_ID,
            "description": "The id of the task; absent if no task was created.",
        }
    )
    etag = ma.fields.String(
        metadata={"optional": True, "example": '"1"', "description": "The ETag of the task after the write."}
    )
    task = ma.fields.Nested(
        TaskSchema, metadata={"optional": True, "description": "The task after the write."}
    )
    problem = ma.fields.Nested(
        ProblemSchema,
        metadata={"optional": True, "description": "The error, if the operation was not executed."},
    )


class BatchResultsSchema(Schema):
    """The results of the writes of a batch."""

    results = ma.fields.List(
        ma.fields.Nested(BatchResultSchema),
        metadata={
            "description": "One result per operation, in order.",
            "example": [
                {"status": 201, "id": TASK_ID, "etag": '"1"', "task": example_of_new_task()},
                {"status": 412, "id": TASK_ID, "problem": example(412, "/api/v1/tasks/batch")},
                {"status": 204, "id": TASK_ID},
            ],
        },
    )
