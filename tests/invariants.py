"""What must hold of log and projection at any time after a repair, whatever happened before."""

from itertools import pairwise
from typing import Any

from webapp.changes import Entity
from webapp.changes.log import SORT_KEYS_FIELD
from webapp.core.database import Database


def assert_log_and_projection_agree(database: Database) -> None:
    """Fail unless versions have no hole, times grow, images chain up, and the projection shows the newest."""
    for entity in Entity:
        histories = _histories(database, entity)
        for history in histories.values():
            _assert_history(history)
        _assert_projection(database, entity, histories)


def _histories(database: Database, entity: Entity) -> dict[str, list[dict[str, Any]]]:
    histories: dict[str, list[dict[str, Any]]] = {}
    for change in database.changes.find({"entity": entity.value}):
        histories.setdefault(change["entity_id"], []).append(change)
    return {key: sorted(found, key=lambda change: change["version"]) for key, found in histories.items()}


def _assert_history(history: list[dict[str, Any]]) -> None:
    assert [change["version"] for change in history] == list(range(1, len(history) + 1))
    assert history[0]["before"] is None
    assert history[0]["op"] == "created"
    for earlier, later in pairwise(history):
        assert later["before"] == earlier["after"]
        assert later["at"] > earlier["at"]
    for change in history:
        if change["after"] is not None:
            assert (change["after"]["version"], change["after"]["updated_at"]) == (
                change["version"],
                change["at"],
            )


def _assert_projection(
    database: Database, entity: Entity, histories: dict[str, list[dict[str, Any]]]
) -> None:
    shown = {document["_id"]: document for document in database[entity.collection].find({})}
    assert shown.keys() == histories.keys()
    for key, history in histories.items():
        newest = history[-1]
        if newest["after"] is None:
            assert "user_id" not in shown[key]
            assert shown[key]["version"] == newest["version"]
        else:
            assert {name: value for name, value in shown[key].items() if name != SORT_KEYS_FIELD} == newest[
                "after"
            ]
