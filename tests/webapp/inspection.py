"""Functions for tests of attacks: return all stored documents, or the fields that a response rejects."""

from typing import Any

from webapp.database.connection import Database

Json = dict[str, Any]


def stored_documents(database: Database) -> Json:
    """Return all stored documents except the counters of failed logins."""
    names = sorted(set(database.list_collection_names()) - {"login_failures"})
    return {name: list(database[name].find({}).sort("_id", 1)) for name in names}


def error_pointers(answer: Any) -> set[str]:
    return {error["pointer"].split("/")[1] for error in answer.json["errors"]}
