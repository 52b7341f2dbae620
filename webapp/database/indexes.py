"""The indexes of the database; docs/queries.md lists the queries that use each index."""

from dataclasses import dataclass
from typing import Any

from webapp.core.settings import Settings
from webapp.database.connection import EXPIRING, Database


@dataclass(frozen=True)
class Index:
    """An ascending index on these fields of a collection."""

    collection: str
    fields: tuple[str, ...]
    unique: bool = False


# Every page of a list is a range of one index. The index contains the fields of equality filters first, and
# then the sort key.
INDEXES = (
    Index("changes", ("idempotency_key",), unique=True),
    Index("changes", ("entity_id", "version")),
    Index("changes", ("user_id", "position")),
    Index("emails", ("user_id",)),
    Index("idempotency_keys", ("user_id",)),
    Index("insight_days", ("user_id", "day")),
    Index("tasks", ("user_id", "_id")),
    Index("tasks", ("user_id", "status", "_id")),
    Index("tasks", ("user_id", "priority", "_id")),
    Index("tasks", ("user_id", "keys.category", "_id")),
    Index("tasks", ("user_id", "keys.tags", "_id")),
    Index("tasks", ("user_id", "keys.updated")),
    Index("tasks", ("user_id", "keys.due")),
    Index("tasks", ("user_id", "keys.priority")),
)

# The embedded database cannot index `_id` together with other fields (`tools.services.database` creates the
# index of the list by time of creation). The embedded database also needs an index on each single field of a
# compound index.
EMBEDDED_INDEXES = (
    Index("changes", ("idempotency_key",), unique=True),
    Index("changes", ("entity_id",)),
    Index("changes", ("user_id",)),
    Index("emails", ("user_id",)),
    Index("idempotency_keys", ("user_id",)),
    Index("insight_days", ("user_id",)),
    Index("tasks", ("user_id",)),
    Index("tasks", ("user_id", "keys.updated")),
    Index("tasks", ("user_id", "keys.due")),
    Index("tasks", ("user_id", "keys.priority")),
)

# The indexes for queries of the pipeline, whose database user may not create any.
PIPELINE_INDEXES = (Index("insight_days", ("day",)),)


def ensure_indexes(database: Database, settings: Settings) -> None:
    """Create the missing indexes.

    If a collection has a TTL index, the embedded database scans the whole collection for each read. So the
    embedded database gets no TTL indexes, and `purge_expired` deletes expired documents
    (docs/decisions/0004).
    """
    for index in (*PIPELINE_INDEXES, *(EMBEDDED_INDEXES if settings.embedded else INDEXES)):
        keys = [(field, 1) for field in index.fields]
        database[index.collection].create_index(keys, unique=index.unique)
    _ensure_expiry(database, settings, "changes", "at", settings.change_retention_days * 86400)
    for collection in EXPIRING:
        _ensure_expiry(database, settings, collection, "expires_at", 0)


def _ensure_expiry(database: Database, settings: Settings, collection: str, field: str, seconds: int) -> None:
    options: dict[str, Any] = {} if settings.embedded else {"expireAfterSeconds": seconds}
    database[collection].create_index(field, **options)
