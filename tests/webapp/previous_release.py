"""Inserts documents of users and tasks in the form in which the previous release stored them."""

import unicodedata
from datetime import UTC, datetime
from typing import Any

from tests.webapp.conftest import PASSWORD, quick_hasher
from webapp.database.connection import Database

Json = dict[str, Any]

CREATED = datetime(2026, 11, 19, 8, 0, tzinfo=UTC)


class PreviousRelease:
    """Inserts users and tasks; all have the creation time CREATED."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._numbers = iter(range(1, 1000))

    def user(self, email: str, name: str = "Eve") -> str:
        """Insert a user whose password is PASSWORD; returns the id."""
        user_id = self._id()
        profile = {"_id": user_id, "email": email, "name": name, "time_zone": "UTC", "created_at": CREATED}
        self._insert("user", user_id, user_id, profile)
        password_hash = quick_hasher().hash(PASSWORD)
        self._database.credentials.insert_one(
            {"_id": user_id, "password_hash": password_hash, "token_generation": 0}
        )
        key = unicodedata.normalize("NFC", email).casefold()
        claim = {"user_id": user_id, "claimed_at": CREATED, "idempotency_key": None, "claim_id": user_id}
        self._database.emails.insert_one({"_id": key, **claim})
        return user_id

    def task(self, user_id: str, title: str, category: str | None = None, tags: tuple[str, ...] = ()) -> str:
        """Insert a task; returns the id."""
        task_id = self._id()
        text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", title).casefold())
        keys = {
            "updated": f"20261119080000000|{task_id}",
            "due": f"99999999|{task_id}",
            "priority": f"1|{task_id}",
            "category": None if category is None else f"={category}",
            "tags": [f"={tag}" for tag in tags],
            "text": "".join(char for char in text if not unicodedata.combining(char)).strip(),
        }
        task = {
            "_id": task_id,
            "user_id": user_id,
            "title": title,
            "description": None,
            "status": "pending",
            "priority": "medium",
            "category": category,
            "tags": list(tags),
            "due_date": None,
            "created_at": CREATED,
            "completed_at": None,
        }
        self._insert("task", task_id, user_id, task, keys=keys)
        return task_id

    def _id(self) -> str:
        return f"019a9b40-0000-7000-8000-{next(self._numbers):012d}"

    def _insert(self, entity: str, identity: str, owner_id: str, image: Json, **more: Json) -> None:
        image = {**image, "version": 1, "updated_at": CREATED}
        change_id = f"{entity}:{identity}:1"
        self._database.changes.insert_one(
            {
                "_id": change_id,
                "entity": entity,
                "entity_id": identity,
                "user_id": owner_id,
                "version": 1,
                "op": "created",
                "at": CREATED,
                "position": f"20261119080000000|{change_id}",
                "time_zone": "UTC",
                "before": None,
                "after": image,
                "request_id": "",
                "schema_version": 1,
                "idempotency_key": change_id,
                "fingerprint": "",
                "status_code": 201,
            }
        )
        self._database[f"{entity}s"].insert_one({**image, **more})
