"""Page cursors of the list of tasks, valid for one owner, set of filters, and order."""

from webapp.core.errors import BadRequest
from webapp.core.signing_keys import Keys
from webapp.rest.cursors import Cursors
from webapp.tasks.query import TaskQuery

KIND = "tasks"


def write_cursor(keys: Keys, owner_id: str, task_query: TaskQuery, last: str | None) -> str | None:
    """Create the cursor for the page after the sort key `last`; None at the end of the list."""
    return None if last is None else Cursors(keys, KIND).dumps(owner_id, [task_query.digest, last])


def read_cursor(keys: Keys, owner_id: str, task_query: TaskQuery, cursor: str | None) -> str | None:
    """Return the sort key after which the page starts; None without a cursor.

    Raises BadRequest for the cursor of a different list; only the length of the page may differ.
    """
    if cursor is None:
        return None
    match Cursors(keys, KIND).loads(owner_id, cursor):
        case [task_query.digest, str(last)]:
            return last
    raise BadRequest(
        "This cursor belongs to a different list; send the filters and the sort of the previous page, or "
        "no cursor."
    )
