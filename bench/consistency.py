"""Checks that the change log and the projection (`tasks`, `users`) agree; reads only stored documents.

This module repeats the names of collections and fields, so that it does not depend on the checked code.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

Document = dict[str, Any]

COLLECTIONS = {"task": "tasks", "user": "users"}
SORT_KEYS = "keys"


def inconsistencies(database: Any) -> list[str]:
    """Return one sentence for each contradiction between log and projection; without any, the list is empty.

    The rules: versions of an entity start at 1 without gaps, times increase, the `before` image of each
    change is the `after` image of the previous change, and the projection contains the newest image.
    """
    return [
        f"{entity} {found}"
        for entity, collection in COLLECTIONS.items()
        for found in _of_entity(database, entity, collection)
    ]


def _of_entity(database: Any, entity: str, collection: str) -> Iterator[str]:
    histories: dict[str, list[Document]] = {}
    for change in database.changes.find({"entity": entity}).sort("version", 1):
        histories.setdefault(change["entity_id"], []).append(change)
    projected = {document["_id"]: document for document in database[collection].find({})}
    for key in sorted(histories.keys() ^ projected.keys()):
        yield f"{key}: {'logged, but not projected' if key in histories else 'projected, but not logged'}"
    for key, history in histories.items():
        yield from (f"{key}: {found}" for found in _of_history(history))
        if key in projected:
            yield from (f"{key}: {found}" for found in _of_projection(history[-1], projected[key]))


def _of_history(history: list[Document]) -> Iterator[str]:
    versions, first = [change["version"] for change in history], history[0]
    if versions != list(range(1, len(history) + 1)):
        yield f"the log has the versions {versions}"
    if (first["op"], first["before"]) != ("created", None):
        yield f"the log starts with {first['op']!r} from the image {first['before']}"
    for earlier, later in pairwise(history):
        if later["before"] != earlier["after"]:
            yield f"version {later['version']} starts from {later['before']}, not from {earlier['after']}"
        if later["at"] <= earlier["at"]:
            yield f"version {later['version']} is from {later['at']}, not later than {earlier['at']}"
    for change in history:
        version, at, image = change["version"], change["at"], change["after"]
        if image is not None and (image["version"], image["updated_at"]) != (version, at):
            yield f"version {version} of {at} has the image {image}"


def _of_projection(newest: Document, projected: Mapping[str, Any]) -> Iterator[str]:
    image = {name: value for name, value in projected.items() if name != SORT_KEYS}
    if newest["after"] is None:
        if "user_id" in image or image["version"] != newest["version"]:
            yield f"deleted at version {newest['version']}, but projected as {image}"
    elif image != newest["after"]:
        yield f"projected as {image}, but logged as {newest['after']}"
