"""Rejects: the changes that the pipeline refuses, each with a reason and without personal data."""

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa

from ..lake.schema import ERASED_FIELDS, SILVER_REJECTS, SOURCE, TASK_IMAGE, USER_IMAGE

_IMAGES = frozenset({"before", "after"})
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)
_SHOWN = (
    {field.name for fields in (SOURCE, TASK_IMAGE, USER_IMAGE) for field in fields} | {"change_id", "task_id"}
) - ERASED_FIELDS
_LONGEST_TEXT = 200


@dataclass(frozen=True)
class Reject:
    """One refused change; `raw` is extended JSON without personal data."""

    change_id: str
    reason: str
    raw: str


def reject(change_id: object, reason: str, document: Mapping[str, object]) -> Reject:
    """Make a reject from a document, which was decoded from BSON or taken from Bronze."""
    raw = json.dumps(_redacted(document), sort_keys=True, ensure_ascii=False)
    return Reject(str(change_id), reason, raw)


def to_table(rejects: Iterable[Reject]) -> pa.Table:
    """Convert rejects to rows of silver.rejects."""
    return pa.Table.from_pylist([vars(each) for each in rejects], schema=SILVER_REJECTS.columns)


def reasons(rejects: pa.Table) -> dict[str, int]:
    """Count these rows of silver.rejects by their reason."""
    counts = rejects.group_by("reason").aggregate([([], "count_all")])
    return dict(sorted(zip(counts["reason"].to_pylist(), counts["count_all"].to_pylist(), strict=True)))


def request_ids(rejects: pa.Table, most: int = 10) -> list[str]:
    """Return at most `most` distinct request ids from these rows of silver.rejects.

    An id in a form that the API does not accept is left out, because it may be text of a user.
    """
    found = (json.loads(raw).get("request_id") for raw in rejects["raw"].to_pylist())
    valid = dict.fromkeys(each for each in found if isinstance(each, str) and _REQUEST_ID.fullmatch(each))
    return list(valid)[:most]


def _redacted(document: Mapping[str, object]) -> dict[str, object]:
    return {
        key: _image(value) if key in _IMAGES else _shown(value)
        for key, value in document.items()
        # An unknown field name may itself be text of a user, so both the name and the value are left out.
        if key in _SHOWN
    }


def _image(value: object) -> object:
    if isinstance(value, Mapping):
        return _redacted(value)
    # If the image is a text instead of a document, the text may come from a user.
    return None if value is None else _type_of(value)


def _shown(value: object) -> object:
    match value:
        case None | bool() | int():
            return value
        case float() if math.isfinite(value):
            return value
        case str():
            # A lone surrogate cannot be written as UTF-8, so it is replaced. The text is cut at a length that
            # no valid value exceeds.
            return value.encode("utf-8", "replace").decode("utf-8")[:_LONGEST_TEXT]
        case datetime():
            return {"$date": value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")}
    # Only the type of the value is stored: it explains the reject, whereas the value may be personal data.
    return _type_of(value)


def _type_of(value: object) -> dict[str, str]:
    return {"$type": type(value).__name__}
