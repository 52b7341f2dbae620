"""The Pydantic models of the two FastAPI peers, and conversions from and to documents."""

from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any

from bson import ObjectId
from bson.errors import InvalidId
from fastapi import HTTPException
from pydantic import BaseModel, ConfigDict, Field


class Status(StrEnum):
    """The status of a task."""

    pending = "pending"
    in_progress = "in_progress"
    completed = "completed"
    cancelled = "cancelled"


class Priority(StrEnum):
    """The priority of a task."""

    low = "low"
    medium = "medium"
    high = "high"
    urgent = "urgent"


class TaskInput(BaseModel):
    """A new task."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    title: str = Field(min_length=1, max_length=200)
    description: str | None = Field(None, max_length=5000)
    status: Status = Status.pending
    priority: Priority = Priority.medium
    category: str | None = Field(None, max_length=50)
    due_date: date | None = None


class TaskPatch(BaseModel):
    """Changes to a task."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    title: str | None = Field(None, min_length=1, max_length=200)
    description: str | None = Field(None, max_length=5000)
    status: Status | None = None
    priority: Priority | None = None
    category: str | None = Field(None, max_length=50)
    due_date: date | None = None


class Task(BaseModel):
    """A task in a response."""

    id: str
    title: str
    description: str | None
    status: Status
    priority: Priority
    category: str | None
    due_date: date | None
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    version: int


class Page(BaseModel):
    """A page of tasks."""

    items: list[Task]
    next_cursor: str | None


def task_response(document: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON object of a response for a stored task."""
    due = document["due_date"]
    names = ("title", "description", "status", "priority", "category", "created_at", "updated_at")
    return {
        "id": str(document["_id"]),
        **{name: document[name] for name in names},
        "completed_at": document["completed_at"],
        "due_date": due.date() if due else None,
        "version": document["version"],
    }


def page(documents: list[dict[str, Any]], limit: int) -> dict[str, Any]:
    """Return the JSON object of a response for a list of stored tasks."""
    following = str(documents[-1]["_id"]) if len(documents) == limit else None
    return {"items": [task_response(each) for each in documents], "next_cursor": following}


def new_document(task: TaskInput, user_id: str) -> dict[str, Any]:
    """Return the document to store for a new task."""
    now = datetime.now(UTC)
    fields = task.model_dump()
    times = {"created_at": now, "updated_at": now, "completed_at": None}
    return {**fields, "due_date": midnight(task.due_date), "user_id": user_id, **times, "version": 1}


def changed_fields(patch: TaskPatch) -> dict[str, Any]:
    """Return the document fields that a PATCH sets."""
    fields = patch.model_dump(exclude_unset=True)
    if "due_date" in fields:
        fields["due_date"] = midnight(patch.due_date)
    return fields


def object_id(text: str) -> ObjectId:
    """Convert a text to the id of a task; raises HTTPException if it is not an id."""
    try:
        return ObjectId(text)
    except InvalidId:
        raise HTTPException(404, "not found") from None


def midnight(day: date | None) -> datetime | None:
    """Convert a date to its first moment, because BSON has no dates without a time."""
    return datetime.combine(day, time(), UTC) if day else None
