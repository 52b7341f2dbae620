"""What a change says that somebody wrote into the log by hand: the log and Bronze take nearly anything.

Such a change goes back into the log as it was. It shapes a user or task only if it tells what became of it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, get_args

from webapp.changes.change import Entity, Op, change_id
from webapp.tasks.rules import PRIORITIES, STATUSES

OPS = frozenset(get_args(Op))


def tells_state(change: Mapping[str, Any]) -> bool:
    """Whether a change says what its thing is from then on: by an image of that very version, or as deleted.

    Without an image only `deleted` means deleted: a change that nobody understands takes nothing away.
    """
    entity, version, after = change.get("entity"), change.get("version"), change.get("after")
    if entity not in set(Entity) or not isinstance(version, int) or version < 1:
        return False
    if not isinstance(change.get("at"), datetime):
        return False
    if change["_id"] != change_id(Entity(entity), str(change.get("entity_id")), version):
        return False
    if after is None:
        return change.get("op") == "deleted"
    # An image of something else, or of somebody else's, must not take their place.
    told = [after.get(name) for name in ("_id", "version", "updated_at", Entity(entity).owner_field)]
    return told == [change.get(name) for name in ("entity_id", "version", "at", "user_id")]


def makes_sense(change: Mapping[str, Any]) -> bool:
    """Whether the API could have written a change: its state, its op, and what its image holds."""
    if change.get("op") not in OPS or not tells_state(change):
        return False
    after = change["after"]
    if after is None:
        return True
    if change["entity"] == Entity.TASK:
        return after.get("status") in STATUSES and after.get("priority") in PRIORITIES
    # Erased users have neither.
    return (after.get("email") is None) == (after.get("name") is None)
