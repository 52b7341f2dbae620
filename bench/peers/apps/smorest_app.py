"""A peer: flask-smorest, marshmallow and flask-jwt-extended, used as in their documentation."""

from datetime import UTC, date, datetime, time
from typing import Any

from bson import ObjectId
from bson.errors import InvalidId
from flask import Flask
from flask.views import MethodView
from flask_jwt_extended import JWTManager, get_jwt_identity, jwt_required
from flask_smorest import Api, Blueprint, abort
from marshmallow import Schema, fields, validate
from pymongo import MongoClient, ReturnDocument

from bench.peers.apps import DATABASE, MONGODB_URI, PRIORITIES, SECRET, STATUSES

app = Flask(__name__)
app.config.update(API_TITLE="Tasks", API_VERSION="1", OPENAPI_VERSION="3.1.0", JWT_SECRET_KEY=SECRET)
api = Api(app)
JWTManager(app)
tasks = MongoClient[dict[str, Any]](MONGODB_URI, tz_aware=True)[DATABASE].tasks


class TaskPatch(Schema):
    """Changes to a task."""

    title = fields.String(validate=validate.Length(1, 200))
    description = fields.String(allow_none=True, validate=validate.Length(max=5000))
    status = fields.String(validate=validate.OneOf(STATUSES))
    priority = fields.String(validate=validate.OneOf(PRIORITIES))
    category = fields.String(allow_none=True, validate=validate.Length(max=50))
    due_date = fields.Date(allow_none=True)


class TaskInput(TaskPatch):
    """A new task."""

    title = fields.String(required=True, validate=validate.Length(1, 200))
    description = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=5000))
    status = fields.String(load_default="pending", validate=validate.OneOf(STATUSES))
    priority = fields.String(load_default="medium", validate=validate.OneOf(PRIORITIES))
    category = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=50))
    due_date = fields.Date(load_default=None, allow_none=True)


class Task(Schema):
    """A task in a response."""

    id = fields.String(attribute="_id")
    title = fields.String()
    description = fields.String()
    status = fields.String()
    priority = fields.String()
    category = fields.String()
    due_date = fields.Date()
    created_at = fields.DateTime()
    updated_at = fields.DateTime()
    completed_at = fields.DateTime()
    version = fields.Integer()


class ListQuery(Schema):
    """Filters of a list."""

    status = fields.String(validate=validate.OneOf(STATUSES))
    limit = fields.Integer(load_default=20, validate=validate.Range(1, 100))


class Page(Schema):
    """A page of tasks."""

    items = fields.List(fields.Nested(Task))
    next_cursor = fields.String(allow_none=True)


def object_id(text: str) -> ObjectId:
    """Convert a text to the id of a task; aborts the request if it is not an id."""
    try:
        return ObjectId(text)
    except InvalidId:
        abort(404)


def midnight(day: date | None) -> datetime | None:
    """Convert a date to its first moment, because BSON has no dates without a time."""
    return datetime.combine(day, time(), UTC) if day else None


blueprint = Blueprint("tasks", __name__, url_prefix="/tasks")


@blueprint.route("")
class Tasks(MethodView):
    """The collection of all tasks."""

    @jwt_required()
    @blueprint.arguments(TaskInput)
    @blueprint.response(201, Task)
    def post(self, data: dict[str, Any]) -> dict[str, Any]:
        """Create a task."""
        now = datetime.now(UTC)
        times = {"created_at": now, "updated_at": now, "completed_at": None, "version": 1}
        document = {**data, "due_date": midnight(data["due_date"]), "user_id": get_jwt_identity(), **times}
        tasks.insert_one(document)
        return document

    @jwt_required()
    @blueprint.arguments(ListQuery, location="query")
    @blueprint.response(200, Page)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List tasks."""
        limit = query.pop("limit")
        found = list(tasks.find({"user_id": get_jwt_identity(), **query}).sort("_id", -1).limit(limit))
        return {"items": found, "next_cursor": str(found[-1]["_id"]) if len(found) == limit else None}


@blueprint.route("/<task_id>")
class TaskById(MethodView):
    """One task."""

    @jwt_required()
    @blueprint.response(200, Task)
    def get(self, task_id: str) -> dict[str, Any]:
        """Show a task."""
        found = tasks.find_one({"_id": object_id(task_id), "user_id": get_jwt_identity()})
        return found or abort(404)

    @jwt_required()
    @blueprint.arguments(TaskPatch)
    @blueprint.response(200, Task)
    def patch(self, data: dict[str, Any], task_id: str) -> dict[str, Any]:
        """Change a task."""
        if "due_date" in data:
            data["due_date"] = midnight(data["due_date"])
        change = {"$set": data, "$currentDate": {"updated_at": True}, "$inc": {"version": 1}}
        own = {"_id": object_id(task_id), "user_id": get_jwt_identity()}
        return tasks.find_one_and_update(own, change, return_document=ReturnDocument.AFTER) or abort(404)


api.register_blueprint(blueprint)


@app.get("/health")
def health() -> dict[str, str]:
    """Respond that the process is alive."""
    return {"status": "ok"}
