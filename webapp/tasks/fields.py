"""The fields of a task; schemas, defaults, examples and the history are derived from this definition."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import marshmallow as ma

from webapp.rest.fields import BoundedList, CalendarDate, Timestamp, TrimmedString
from webapp.tasks.rules import PRIORITIES, STATUSES

TASK_ID = "01a1fd9e-7109-72ef-b7e1-8cdc5ea16602"
CREATED_AT = "2026-11-21T10:19:41.705Z"


@dataclass(frozen=True)
class TaskField:
    """A field that clients write.

    `build` creates the schema field from marshmallow's options. `default` is the value in a new task if the
    client omits the field; a required field has no default. A client may send null for a `clearable` field,
    which sets the default. `patch_example` replaces `example` in the schema of a PATCH.
    """

    build: Callable[..., ma.fields.Field[Any]]
    description: str
    example: Any
    default: Any = None
    required: bool = False
    clearable: bool = False
    patch_example: Any = None

    def metadata(self, **more: Any) -> dict[str, Any]:
        """Return the description and the example for the OpenAPI document."""
        return {"description": self.description, "example": self.example, **more}


def _status(**options: Any) -> ma.fields.Field[Any]:
    return ma.fields.String(validate=ma.validate.OneOf(STATUSES), **options)


def _priority(**options: Any) -> ma.fields.Field[Any]:
    return ma.fields.String(validate=ma.validate.OneOf(PRIORITIES), **options)


def _tags(**options: Any) -> ma.fields.Field[Any]:
    return BoundedList(TrimmedString(shortest=1, longest=30), longest=20, **options)


# The API, the change log and the history have these fields in this order.
WRITABLE: Mapping[str, TaskField] = {
    "title": TaskField(
        lambda **options: TrimmedString(shortest=1, longest=200, **options),
        description="What to do.",
        example="Water the plants",
        required=True,
    ),
    "description": TaskField(
        lambda **options: TrimmedString(longest=5000, **options),
        description="More details.",
        example="All of them, the cactus too.",
        clearable=True,
    ),
    "status": TaskField(
        _status,
        description="The status; any status may follow any other.",
        example="pending",
        default="pending",
        patch_example="completed",
    ),
    "priority": TaskField(_priority, description="The priority.", example="high", default="medium"),
    "category": TaskField(
        lambda **options: TrimmedString(shortest=1, longest=50, **options),
        description="The category; a task has at most one.",
        example="home",
        clearable=True,
    ),
    "tags": TaskField(
        _tags,
        description="Tags; duplicates are removed.",
        example=["balcony", "weekly"],
        default=[],
        clearable=True,
    ),
    "due_date": TaskField(
        lambda **options: CalendarDate(**options),
        description="The day by which the task should be done, in your time zone.",
        example="2026-12-24",
        clearable=True,
    ),
}
# The fingerprint of a request (webapp/rest/idempotency.py) has these values in place of absent fields,
# because the first release stored such fingerprints. Do not change the values, do not derive them from
# WRITABLE, and do not add a field: a retry across an upgrade would get another fingerprint and status 422.
_FINGERPRINTED: Mapping[str, Any] = {
    "description": None,
    "status": "pending",
    "priority": "medium",
    "category": None,
    "tags": [],
    "due_date": None,
}
# The fields whose changes the history shows. The other fields, such as `version`, only describe the change
# itself.
HISTORY_FIELDS = (*WRITABLE, "completed_at")


def patch_fields() -> dict[str, ma.fields.Field[Any]]:
    """Build the schema fields of a PATCH; all are optional."""
    return {
        name: field.build(
            allow_none=field.clearable,
            metadata=field.metadata(example=field.patch_example or field.example),
        )
        for name, field in WRITABLE.items()
    }


def input_fields() -> dict[str, ma.fields.Field[Any]]:
    """Build the schema fields of a complete task from a client.

    Loading a body sets no defaults, so that the loaded body has only the fields that the client sent;
    TaskStore sets the defaults later.
    """
    return {
        name: field.build(
            required=field.required,
            allow_none=field.clearable,
            metadata=field.metadata() if field.required else field.metadata(default=field.default),
        )
        for name, field in WRITABLE.items()
    }


def task_fields() -> dict[str, ma.fields.Field[Any]]:
    """Build the schema fields of a task in a response.

    If a field was added after the task was written, the response contains the default of the field.
    """
    return {
        "id": ma.fields.String(
            attribute="_id",
            metadata={
                "format": "uuid",
                "description": "Assigned by the service; later tasks have greater ids.",
                "example": TASK_ID,
            },
        ),
        **{
            name: field.build(
                allow_none=field.default is None and not field.required,
                dump_default=ma.missing if field.required else field.default,
                metadata=field.metadata(),
            )
            for name, field in WRITABLE.items()
        },
        "created_at": _timestamp("The time of the creation of the task.", CREATED_AT),
        "updated_at": _timestamp("The time of the last change of the task.", CREATED_AT),
        "completed_at": _timestamp(
            "The time when the task was completed; null if it is not completed.", None, allow_none=True
        ),
        "version": ma.fields.Integer(
            metadata={"minimum": 1, "description": "1, plus one with each change.", "example": 1}
        ),
    }


def read_only_fields() -> dict[str, ma.fields.Field[Any]]:
    """Build the schema fields that only the service sets; a client may send their current values."""
    built = {name: field for name, field in task_fields().items() if name not in WRITABLE}
    for field in built.values():
        field.metadata = {**field.metadata, "readOnly": True}
    return built


def defaults() -> dict[str, Any]:
    """Return the default of every field that is not required, by the name of the field."""
    return {
        name: list(field.default) if isinstance(field.default, list) else field.default
        for name, field in WRITABLE.items()
        if not field.required
    }


def with_defaults(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a complete task in the order of WRITABLE: absent fields get their defaults."""
    complete = {**defaults(), **fields}
    return {name: complete.pop(name) for name in WRITABLE} | complete


def fingerprinted(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of a request with a complete task as it is fingerprinted; see `_FINGERPRINTED`."""
    return {**_FINGERPRINTED, **fields}


def example_of_new_task() -> dict[str, Any]:
    """Return an example of a task with default values, as a response shows it."""
    required = {name: field.example for name, field in WRITABLE.items() if field.required}
    times = {"created_at": CREATED_AT, "updated_at": CREATED_AT, "completed_at": None}
    return {"id": TASK_ID, **required, **defaults(), **times, "version": 1}


def _timestamp(description: str, example: str | None, **options: Any) -> Timestamp:
    return Timestamp(metadata={"description": description, "example": example}, **options)
