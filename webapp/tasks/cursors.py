"""Page cursors of the list of tasks: bound to the owner, the filters and the order."""

from webapp.core.errors import BadRequest
from webapp.core.signing_keys import Keys
from webapp.rest.cursors import Cursors
from webapp.tasks.query import TaskQuery

KIND = "tasks"


def write_cursor(keys: Keys, owner_id: str, task_query: TaskQuery, last: str | None) -> str | None:
    """Name the place after the key `last` in the owner's list; None at the end of the list."""
    return None if last is None else Cursors(keys, KIND).dumps(owner_id, [task_query.digest, last])


def read_cursor(keys: Keys, owner_id: str, task_query: TaskQuery, cursor: str | None) -> str | None:
    """Return the key that the cursor stands after, None without one.

    Raises BadRequest for any cursor but one of this very list; only the length of a page may change.
    """
    if cursor is None:
        return None
    match Cursors(keys, KIND).loads(owner_id, cursor):
        case [task_query.digest, str(last)]:
            return last
    raise BadRequest(
        "This cursor belongs to another list; repeat the filters and the sort of the page before, or leave "
        "the cursor out."
    )
