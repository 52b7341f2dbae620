"""The connection to the document database, and the deletion of expired documents."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.database import Database as MongoDatabase
from pymongo.errors import ConnectionFailure, OperationFailure, PyMongoError
from pymongo.helpers_shared import _check_write_command_response
from pymongo.read_preferences import ReadPreference

from webapp.core.settings import Settings
from webapp.credentials.database_login import RotatingLogin

Document = dict[str, Any]
# The collections whose documents are deleted at the time in their field `expires_at`.
EXPIRING = (
    "tasks",
    "revoked_tokens",
    "login_failures",
    "rate_limits",
    "idempotency_keys",
    "user_announcements",
)
Database = MongoDatabase[Document]
# The number of documents that one call reads or writes.
BATCH = 500
MAX_REASON = 300
# The two forms in which documents are read: decoded, or as the stored BSON bytes.
DECODED: CodecOptions[Document] = CodecOptions(tz_aware=True, tzinfo=UTC)
RAW: CodecOptions[RawBSONDocument] = CodecOptions(RawBSONDocument, tz_aware=True, tzinfo=UTC)


def connect(settings: Settings, rotating: RotatingLogin | None = None) -> Database:
    """Open the database; each database call has a timeout, so that the call does not block a thread for long.

    `rotating` replaces the user and password in the URI.
    """
    login = {} if rotating is None else {**vars(rotating.login), "event_listeners": [rotating]}
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
        **login,
    )
    if rotating is not None:
        rotating.follow(client)
    return client.get_database(settings.mongodb_database, codec_options=DECODED)


def purge_expired(database: Database, settings: Settings, now: datetime) -> int:
    """Delete the documents that TTL indexes would have deleted by `now`; returns the number of documents."""
    oldest = now - timedelta(days=settings.change_retention_days)
    gone = database.changes.delete_many({"at": {"$lt": oldest}}).deleted_count
    expired = {"expires_at": {"$lt": now}}
    return gone + sum(database[name].delete_many(expired).deleted_count for name in EXPIRING)


def find_few(
    collection: Collection[Document],
    query: Document,
    projection: Document,
    limit: int,
    sort: tuple[str, int] | None = None,
    options: CodecOptions[Any] = DECODED,
) -> list[Any]:
    """Return up to `limit` documents; `limit` is at most 101, the size of the first batch of a query.

    `options` is DECODED or RAW. The function runs the database command `find` directly. This command takes
    less than half of the CPU time of `collection.find`, because no cursor and no session is created
    (docs/decisions/0060).
    """
    command: dict[str, Any] = {"find": collection.name, "filter": query, "projection": projection}
    if sort is not None:
        command["sort"] = dict([sort])
    command |= {"limit": limit, "singleBatch": True}
    client = collection.database.client
    with client._conn_for_reads(ReadPreference.PRIMARY, None, "find") as (connection, preference):
        found = connection.command(collection.database.name, command, preference, options, client=client)
    documents: list[Any] = found["cursor"]["firstBatch"]
    return documents


def find_first(collection: Collection[Document], query: Document, projection: Document) -> Document | None:
    """Return one document, or None, as fast as `find_few`."""
    return next(iter(find_few(collection, query, projection, 1)), None)


def insert(collection: Collection[Document], document: Document) -> None:
    """Insert a document that has an `_id`, by a direct command as in `find_few`; raises DuplicateKeyError."""
    _write(collection, {"insert": collection.name, "ordered": True, "documents": [document]})


def replace(collection: Collection[Document], query: Document, document: Document) -> bool:
    """Replace a document, by a direct command as in `find_few`; returns False if the query matches none."""
    update = {"q": query, "u": document, "multi": False, "upsert": False}
    written = _write(collection, {"update": collection.name, "ordered": True, "updates": [update]})
    return bool(written["n"])


def batches(documents: Iterable[Document]) -> Iterator[list[Document]]:
    """Yield the documents of an iterable in lists of up to BATCH documents."""
    iterator = iter(documents)
    while batch := list(islice(iterator, BATCH)):
        yield batch


def reason_of(error: PyMongoError) -> str:
    """Return why the database did not answer, such as an expired certificate.

    The message of a ConnectionFailure contains addresses of servers, but no documents. The messages of other
    errors may quote a document.
    """
    if isinstance(error, ConnectionFailure):
        # pymongo appends timeouts and the state of all servers to the reason.
        return str(error).partition(" (configured timeouts:")[0].partition(", Timeout:")[0][:MAX_REASON]
    return f"code {error.code}" if isinstance(error, OperationFailure) else type(error).__name__


def _write(collection: Collection[Document], command: Document) -> Document:
    client, concern = collection.database.client, collection.write_concern
    with client._conn_for_writes(None, next(iter(command))) as connection:
        written = connection.command(collection.database.name, command, write_concern=concern, client=client)
        _check_write_command_response(written)
    return written
