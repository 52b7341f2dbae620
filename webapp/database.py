"""The document database: one way to connect, one list of indexes."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bson.codec_options import CodecOptions
from pymongo import MongoClient
from pymongo.database import Database as MongoDatabase

from webapp.settings import Settings

Document = dict[str, Any]
Database = MongoDatabase[Document]

INDEXES: tuple[tuple[str, str | list[tuple[str, int]], bool], ...] = (
    # collection, key, unique
    ("changes", "entity_id", False),
    ("changes", "user_id", False),
    ("changes", [("user_id", 1), ("at", 1)], False),
    ("changes", "idempotency_key", True),
    ("emails", "user_id", False),
    ("tasks", "user_id", False),
)


def connect(settings: Settings) -> Database:
    """Open the database; calls fail fast instead of holding a worker (two seconds to find a server)."""
    client: MongoClient[Document] = MongoClient(
        settings.mongodb_uri,
        retryWrites=False,
        tz_aware=True,
        tzinfo=UTC,
        appname="todo-api",
        connectTimeoutMS=2000,
        serverSelectionTimeoutMS=2000,
        socketTimeoutMS=settings.database_timeout_ms,
    )
    options: CodecOptions[Document] = CodecOptions(tz_aware=True, tzinfo=UTC)
    return client.get_database(settings.mongodb_database, codec_options=options)


def ensure_indexes(database: Database, settings: Settings) -> None:
    """Make every index that is missing; an index that exists is left alone.

    The embedded server answers each read of a collection that has a TTL index with a full scan, so there the
    indexes are plain and `purge_expired` does that work (see docs/decisions/0004).
    """
    for collection, key, unique in INDEXES:
        database[collection].create_index(key, unique=unique)
    if settings.embedded:
        database.changes.create_index("at")
        database.tasks.create_index("expires_at")
    else:
        database.changes.create_index("at", expireAfterSeconds=settings.change_retention_days * 86400)
        database.tasks.create_index("expires_at", expireAfterSeconds=0)


def purge_expired(database: Database, settings: Settings, now: datetime) -> int:
    """Delete what the TTL indexes would have deleted by `now`; returns how many documents went."""
    oldest = now - timedelta(days=settings.change_retention_days)
    gone = database.changes.delete_many({"at": {"$lt": oldest}}).deleted_count
    return gone + database.tasks.delete_many({"expires_at": {"$lt": now}}).deleted_count
