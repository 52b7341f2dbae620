"""What tests of attacks look at: all that is stored, and the fields that an answer refuses."""

from typing import Any

from webapp.core.database import Database

Json = dict[str, Any]


def everything(database: Database) -> Json:
    """All that is stored but the counters of failed log-ins."""
    names = sorted(set(database.list_collection_names()) - {"login_failures"})
    return {name: list(database[name].find({}).sort("_id", 1)) for name in names}


def pointers(answer: Any) -> set[str]:
    return {error["pointer"].split("/")[1] for error in answer.json["errors"]}
