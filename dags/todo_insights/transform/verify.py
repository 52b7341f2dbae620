"""Verify: the rules that the tables of an hour must satisfy before they are published."""

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from ..core.errors import VerificationError
from ..lake.schema import DELTAS, STATUSES, LakeTable
from .bronze import Extracted
from .conform import Silver

_ACCOUNT_DELTAS = {"created": 1, "restored": 1, "deleted": -1}


def verify(extracted: Extracted, silver: Silver, users: pa.Table, categories: pa.Table) -> None:
    """Raise VerificationError unless every change is counted exactly once in every zone."""
    bronze = extracted.tasks.num_rows + extracted.users.num_rows
    _equal("changes read", extracted.source_count, "Bronze rows and rejects", bronze + len(extracted.rejects))
    kept = silver.tasks.num_rows + silver.users.num_rows
    _equal("Bronze rows", bronze, "Silver rows and rejects", kept + len(silver.rejects))
    _unique(extracted)
    for name, gold in (("user_activity", users), ("category_activity", categories)):
        _equal("Silver task changes", silver.tasks.num_rows, f"changes in {name}", _sum(gold["changes"]))
        for status, delta in zip(STATUSES, DELTAS, strict=True):
            entered = _count(silver.tasks["status_after"], status)
            left = _count(silver.tasks["status_before"], status)
            _equal(f"Silver's {delta}", entered - left, f"{delta} of {name}", _sum(gold[delta]))
    gained = sum(sign * _count(silver.users["op"], op) for op, sign in _ACCOUNT_DELTAS.items())
    _equal("accounts gained in Silver", gained, "those in user_activity", _sum(users["account_delta"]))


def verify_sum(parts: Iterable[pa.Table], whole: pa.Table, table: LakeTable) -> None:
    """Raise VerificationError unless each counter of a Gold table is the sum of this counter in its parts."""
    parts = list(parts)
    for field in table.columns:
        if pa.types.is_integer(field.type):
            added = sum(_sum(part[field.name]) for part in parts)
            _equal(
                f"{field.name} in the parts of {table.physical}",
                added,
                "in their sum",
                _sum(whole[field.name]),
            )


def _unique(extracted: Extracted) -> None:
    for rows in (extracted.tasks, extracted.users):
        _equal("change ids", rows.num_rows, "distinct ids", pc.count_distinct(rows["change_id"]).as_py())


def _count(column: pa.ChunkedArray, value: str) -> int:
    return _sum(pc.equal(column, value))


def _sum(column: pa.ChunkedArray) -> int:
    return int(pc.sum(column, min_count=0).as_py())


def _equal(left: str, left_count: int, right: str, right_count: int) -> None:
    if left_count != right_count:
        raise VerificationError(f"{left}: {left_count}, but {right}: {right_count}; nothing was published")
