"""Page cursors of the list of tasks, valid for one owner, set of filters, and order."""

from webapp.core.errors import BadRequest
from webapp.credentials.signing_keys import Keys
from webapp.rest.cursors import Cursors
from webapp.tasks.query import TaskQuery

KIND = "tasks"


def write_cursor(keys: Keys, owner_id: str, task_query: TaskQuery, last: tuple[str, ...]) -> str | None:
    """Create the cursor for the page after the position `last`; None if the list ends there."""
    if not last:
        return None
    position = last[0] if len(last) == 1 else last
    return Cursors(keys, KIND).dumps(owner_id, [task_query.digest, position])


def read_cursor(keys: Keys, owner_id: str, task_query: TaskQuery, cursor: str | None) -> tuple[str, ...]:
    """Return the position after which the requested page starts; it is empty if `cursor` is None.

    Raises BadRequest if the cursor belongs to a list with other filters or another order; the page size may
    differ.
    """
    if cursor is None:
        return ()
    match Cursors(keys, KIND).loads(owner_id, cursor):
        case [task_query.digest, str(last)]:
            return (last,)
        case [task_query.digest, [str(group), str(last)]]:
            return group, last
    raise BadRequest(
        "This cursor belongs to a different list; send the filters and the sort of the previous page, or "
        "no cursor."
    )
