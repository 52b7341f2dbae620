"""Computes the keys by which tasks are sorted and searched; each order of the list has its own unique key.

The keys are stored only in the projection, never in the log. Every key ends with the task's id, so keys are
unique and a page can end between any two tasks. No key looks like an ISO date, because the embedded database
compares texts that look like dates as dates (docs/decisions/0004).
"""

from datetime import datetime

from webapp.core.clock import sortable_timestamp
from webapp.core.ids import EPOCH
from webapp.core.text import canonical, searchable
from webapp.database.connection import Document
from webapp.tasks.rules import PRIORITIES

NO_DUE_DATE = "99999999"
# A character that sorts after the `|` at the end of a prefix, so prefix + AFTER sorts after every key with
# the prefix.
AFTER = "}"


def sort_keys(task: Document) -> Document:
    """Derive the keys of a task from its fields; the key `text` is for searches.

    Filters use the keys `category` and `tags`, because the fields themselves may look like dates. A change
    that an operator wrote by hand may lack fields or have an unknown priority. This function accepts such a
    change, because one invalid change must not stop a repair.
    """
    priority, category, tags = (task.get(name) for name in ("priority", "category", "tags"))
    rank = PRIORITIES.index(priority) if priority in PRIORITIES else len(PRIORITIES)
    return {
        "updated": f"{updated_prefix(task.get('updated_at') or EPOCH)}|{task['_id']}",
        "due": f"{due_prefix(task.get('due_date'))}|{task['_id']}",
        "priority": f"{rank}|{task['_id']}",
        "category": None if category is None else label_key(category),
        "tags": [label_key(tag) for tag in tags or []],
        "text": searchable(f"{task.get('title') or ''} {task.get('description') or ''}"),
    }


def updated_prefix(moment: datetime) -> str:
    """Return the start of the key `updated` of a task that was updated at this time."""
    return sortable_timestamp(moment)


def due_prefix(due_date: str | None) -> str:
    """Return the start of the key `due` for a due date; None sorts after every date."""
    return NO_DUE_DATE if due_date is None else due_date.replace("-", "")


def label_key(text: str) -> str:
    """Return the key of a category or a tag; it begins with `=`, so that it never looks like a date."""
    return f"={canonical(text)}"
