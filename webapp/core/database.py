"""The document database: one way to connect, and what is deleted when its time is over."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bson.codec_options import CodecOptions
from pymongo import MongoClient
from pymongo.database import Database as MongoDatabase

from webapp.core.settings import Settings

Document = dict[str, Any]
# Documents in these collections go when the time in their `expires_at` has come.
EXPIRING = ("tasks", "revoked_tokens", "login_failures")
Database = MongoDatabase[Document]


def connect(settings: Settings) -> Database:
    """Open the database; calls fail fast instead of holding a thread: whoever asked asks again."""
    client: MongoClient[Document] = MongoClient(
        settings.mongodb_uri,
        retryReads=False,
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


def purge_expired(database: Database, settings: Settings, now: datetime) -> int:
    """Delete what the TTL indexes would have deleted by `now`; returns how many documents went."""
    oldest = now - timedelta(days=settings.change_retention_days)
    gone = database.changes.delete_many({"at": {"$lt": oldest}}).deleted_count
    expired = {"expires_at": {"$lt": now}}
    return gone + sum(database[name].delete_many(expired).deleted_count for name in EXPIRING)
