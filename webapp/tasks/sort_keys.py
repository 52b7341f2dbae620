"""What the list of tasks is sorted and searched by: one unique, ordered key for each way to sort.

The keys live beside the fields in the projection alone, never in the log. Every key ends in the task's id, so
that no two tasks share one and a page can end between any two tasks. None of them looks like an ISO date: the
embedded server compares texts that do as dates (docs/decisions/0004).
"""

import unicodedata
from datetime import datetime

from webapp.core.clock import sortable_timestamp
from webapp.core.database import Document
from webapp.core.ids import EPOCH
from webapp.tasks.rules import PRIORITIES

NO_DUE_DATE = "99999999"
# Sorts after the `|` that ends a prefix: a prefix with this lies after every key that begins with the prefix.
AFTER = "}"


def sort_keys(task: Document) -> Document:
    """Derive the keys of a task from its fields; `text` is what a search looks through.

    `category` and `tags` are there to be found by: those of the task may look like dates. A field that is
    missing, or a priority that nobody knows, comes of a change written by hand; it must not stop a repair.
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
    """How the key of a task updated at this moment begins."""
    return sortable_timestamp(moment)


def due_prefix(due_date: str | None) -> str:
    """How the key of a task with this due date begins; one without a due date comes after every date."""
    return NO_DUE_DATE if due_date is None else due_date.replace("-", "")


def label_key(text: str) -> str:
    """How a category or a tag is found: nothing that begins so looks like a date."""
    return f"={text}"


def searchable(text: str) -> str:
    """Fold case and accents away, so that a search need not know how a word was written."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return " ".join("".join(char for char in folded if not unicodedata.combining(char)).split())
