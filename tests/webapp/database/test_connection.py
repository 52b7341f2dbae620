"""The indexes of the database, and the deletion of expired documents."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from webapp.core.settings import Settings
from webapp.database.connection import Database, purge_expired
from webapp.database.indexes import ensure_indexes

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def lifetimes(database: Database) -> dict[str, int]:
    """Return the lifetime of documents in seconds that each TTL index sets, by collection and field."""
    found = {}
    for collection in ("changes", "tasks"):
        for index in database[collection].list_indexes():
            if "expireAfterSeconds" in index:
                found[f"{collection}.{next(iter(index['key']))}"] = int(index["expireAfterSeconds"])
    return found


def test_database_expires_documents_in_production(database: Database, settings: Settings) -> None:
    ensure_indexes(database, replace(settings, environment="production", change_retention_days=2))
    assert lifetimes(database) == {"changes.at": 2 * 86400, "tasks.expires_at": 0}


def test_embedded_database_gets_plain_indexes(database: Database, settings: Settings) -> None:
    ensure_indexes(database, settings)
    assert lifetimes(database) == {}
    indexed = [list(index["key"]) for index in database.changes.list_indexes()]
    assert all(fields in indexed for fields in (["at"], ["entity_id"], ["user_id"]))


def test_indexes_can_be_created_again(database: Database, settings: Settings) -> None:
    ensure_indexes(database, settings)
    before = database.changes.index_information()
    ensure_indexes(database, settings)
    assert database.changes.index_information() == before


def test_purge_deletes_only_expired_documents(database: Database, settings: Settings) -> None:
    second = timedelta(seconds=1)
    oldest = NOW - timedelta(days=settings.change_retention_days)
    database.changes.insert_many([{"_id": "old", "at": oldest - second}, {"_id": "kept", "at": oldest}])
    database.tasks.insert_many(
        [
            {"_id": "expired", "expires_at": NOW - second},
            {"_id": "buried", "expires_at": NOW + second},
            {"_id": "alive", "created_at": oldest - second},
        ]
    )
    assert purge_expired(database, settings, NOW) == 2
    assert [change["_id"] for change in database.changes.find({})] == ["kept"]
    assert {task["_id"] for task in database.tasks.find({})} == {"buried", "alive"}
