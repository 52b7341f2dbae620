"""Records the replies of a real database that contains a user and tasks; the stand-in sends these replies."""

import pickle
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bson
import jwt
from bson import Int64, ObjectId
from pymongo import MongoClient

from bench.peers.canned import MANY, ONE
from tools.data_folder import DataFolder
from tools.services import database
from tools.supervision.ports import free_port
from webapp.app import create_app
from webapp.core.settings import Settings
from webapp.database.connection import connect

SECRET = "a secret of the benchmark, which signs no other tokens"  # noqa: S105
PASSWORD = "measure and compare"  # noqa: S105  # of a user in a temporary database
DESCRIPTION = "Remember to check the list twice: milk, eggs, bread, butter and apples for the weekend. " * 3
PRIORITIES = ("low", "medium", "high", "urgent")
PAGE = 20
NEW_TASK: dict[str, Any] = {
    "title": "Buy groceries and prepare dinner",
    "description": DESCRIPTION,
    "status": "pending",
    "priority": "high",
    "category": "home",
    "due_date": "2026-12-24",
}
OURS, PEERS = "todo", "bench"


@dataclass(frozen=True)
class Recording:
    """A file of replies, a token that all APIs accept, and the id of a task in our API and in the peers."""

    replies: Path
    token: str
    task_id: str
    peer_task_id: str


def record(folder: Path) -> Recording:
    """Fill an embedded database through the API, and record its replies to the measured requests."""
    with tempfile.TemporaryDirectory() as name:
        data, port = DataFolder(Path(name)), free_port()
        (data.path / "logs").mkdir()
        server = database.start(data, port)
        try:
            return _record(database.uri(port), folder / "replies")
        finally:
            server.stop()


def _record(uri: str, path: Path) -> Recording:
    settings = Settings(jwt_secret=SECRET, mongodb_uri=uri, mongodb_database=OURS, access_token_minutes=1440)
    client = create_app(settings, connect(settings)).test_client()
    user = {"email": "bench@example.com", "password": PASSWORD}
    client.post("/api/v1/users", json={**user, "name": "Benchmark"})
    token = (client.post("/api/v1/auth/login", json=user).json or {})["access_token"]
    send = {"Authorization": f"Bearer {token}"}
    for number in range(PAGE + 5):
        task = {**NEW_TASK, "title": f"{NEW_TASK['title']} {number}", "priority": PRIORITIES[number % 4]}
        created = client.post("/api/v1/tasks", json=task, headers=send)
        assert created.status_code == 201, created.text  # noqa: S101  # a benchmark of errors is useless
    mongo: MongoClient[dict[str, Any]] = MongoClient(uri, tz_aware=True)
    hello = mongo.admin.command("hello")
    stored, user_id = mongo[OURS], jwt.decode(token, options={"verify_signature": False})["sub"]
    page = list(stored.tasks.find({"user_id": user_id}, {"keys": 0}).sort("_id", -1).limit(PAGE + 1))
    peers = [_peer_task(number, user_id) for number in range(PAGE)]
    found = {
        (OURS, "credentials", ONE): list(stored.credentials.find({"_id": user_id}, {"password_hash": 0})),
        (OURS, "users", ONE): list(stored.users.find({"_id": user_id})),
        (OURS, "tasks", ONE): page[1:2],
        (OURS, "tasks", MANY): page,
        (PEERS, "tasks", ONE): peers[:1],
        (PEERS, "tasks", MANY): peers,
    }
    mongo.close()
    replies = {
        (database, collection, "find", kind): _cursor(documents, f"{database}.{collection}")
        for (database, collection, kind), documents in found.items()
    }
    updated = {"n": 1, "nModified": 1, "ok": 1.0}
    for collection in ("tasks", "idempotency_keys"):
        replies[OURS, collection, "update", ONE] = bson.encode(updated)
        replies[PEERS, collection, "update", ONE] = bson.encode(updated)
    changed = {"lastErrorObject": {"n": 1, "updatedExisting": True}, "value": peers[0], "ok": 1.0}
    replies[PEERS, "tasks", "findAndModify", ONE] = bson.encode(changed)
    total = [{"_id": 1, "n": 100}]
    replies[PEERS, "tasks", "aggregate", ONE] = _cursor(total, f"{PEERS}.tasks")
    unneeded = ("topologyVersion", "$clusterTime", "operationTime", "compression")
    path.write_bytes(
        pickle.dumps(
            {
                "hello": bson.encode({name: hello[name] for name in hello if name not in unneeded}),
                "done": bson.encode({"n": 1, "ok": 1.0}),
                "empty": _cursor([], f"{OURS}.none"),
                "found": replies,
            }
        )
    )
    return Recording(path, token, page[1]["_id"], str(peers[0]["_id"]))


def _cursor(documents: list[dict[str, Any]], namespace: str) -> bytes:
    cursor = {"firstBatch": documents, "id": Int64(0), "ns": namespace}
    return bson.encode({"cursor": cursor, "ok": 1.0})


def _peer_task(number: int, user_id: str) -> dict[str, Any]:
    moment = datetime(2026, 11, 29, 12, 0, number, 123000, tzinfo=UTC)
    return {
        "_id": ObjectId(),
        **NEW_TASK,
        "title": f"{NEW_TASK['title']} {number}",
        "due_date": datetime(2026, 12, 24, tzinfo=UTC),
        "user_id": user_id,
        "created_at": moment,
        "updated_at": moment,
        "completed_at": None,
        "version": 1,
        "_etag": "c0ffee" * 6,
    }
