"""Renders listed tasks as JSON, and remembers the JSON of each stored document (docs/decisions/0062)."""

from functools import lru_cache

import bson
import orjson
from bson.raw_bson import RawBSONDocument

from webapp.database.connection import DECODED, Document
from webapp.rest.compiled import compile_dump
from webapp.tasks.schemas import TaskSchema

# The maximum number of remembered tasks, and the maximum size of a remembered task as BSON. The JSON may be
# twice as large, if each character needs a backslash: at most 3 MB in each process.
MAX_TASKS, MAX_BYTES = 512, 2048

_dump = compile_dump(TaskSchema())


def render(task: RawBSONDocument) -> orjson.Fragment:
    """Return the JSON of a task, in the form in which a response contains the task."""
    raw = bytes(task.raw)
    return _remembered(raw) if len(raw) <= MAX_BYTES else _rendered(raw)


def _rendered(raw: bytes) -> orjson.Fragment:
    # The JSON of a task depends only on the stored bytes, not on the time or on the user.
    task: Document = bson.decode(raw, DECODED)
    # The result of orjson keeps its whole buffer, up to 16 KB for a task of 2 KB, so the JSON is copied.
    return orjson.Fragment(bytes(memoryview(orjson.dumps(_dump(task)))))


_remembered = lru_cache(MAX_TASKS)(_rendered)
