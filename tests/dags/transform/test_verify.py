from dataclasses import replace

import pyarrow as pa
import pytest

from tests.dags.change_log import Row, created, deleted, extracted, task, updated, user
from todo_insights.core.errors import VerificationError
from todo_insights.lake.schema import DELTAS
from todo_insights.transform.aggregate import aggregate
from todo_insights.transform.bronze import Extracted
from todo_insights.transform.conform import Silver, conform
from todo_insights.transform.verify import verify

LOG = (
    created(user()),
    created(task()),
    updated(task(category="home"), status="cancelled"),
    deleted(task(_id="t2")),
    created(task(_id="t3", status="nonsense")),
    created(task(_id="t4")) | {"op": None},
)


@pytest.fixture
def hour() -> tuple[Extracted, Silver, pa.Table, pa.Table]:
    bronze = extracted(*LOG)
    silver = conform(bronze.tasks, bronze.users)
    return bronze, silver, *aggregate(silver.tasks, silver.users)


def test_correct_hour_is_accepted(hour: tuple[Extracted, Silver, pa.Table, pa.Table]) -> None:
    verify(*hour)


def test_lost_bronze_row_is_detected(hour: tuple[Extracted, Silver, pa.Table, pa.Table]) -> None:
    bronze, *rest = hour
    with pytest.raises(VerificationError, match="changes read: 6, but Bronze rows and rejects: 5"):
        verify(replace(bronze, rejects=bronze.rejects.slice(1)), *rest)


def test_lost_silver_row_is_detected(hour: tuple[Extracted, Silver, pa.Table, pa.Table]) -> None:
    bronze, silver, *golds = hour
    with pytest.raises(VerificationError, match="Silver rows and rejects"):
        verify(bronze, replace(silver, rejects=silver.rejects.slice(1)), *golds)


def test_change_read_twice_is_detected() -> None:
    bronze = extracted(created(task()), created(task()))
    silver = conform(bronze.tasks, bronze.users)
    golds = aggregate(silver.tasks, silver.users)
    with pytest.raises(VerificationError, match="distinct"):
        verify(bronze, silver, *golds)


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("column", ["changes", *DELTAS])
def test_wrong_sum_in_gold_is_detected(
    hour: tuple[Extracted, Silver, pa.Table, pa.Table], which: int, column: str
) -> None:
    bronze, silver, *golds = hour
    golds[which] = _one_more(golds[which], column)
    with pytest.raises(VerificationError, match="nothing was published"):
        verify(bronze, silver, golds[0], golds[1])


def test_lost_account_is_detected(hour: tuple[Extracted, Silver, pa.Table, pa.Table]) -> None:
    bronze, silver, users, categories = hour
    with pytest.raises(VerificationError, match="accounts"):
        verify(bronze, silver, _one_more(users, "account_delta"), categories)


def _one_more(gold: pa.Table, column: str) -> pa.Table:
    rows: list[Row] = gold.to_pylist()
    rows[0][column] += 1
    return pa.Table.from_pylist(rows, schema=gold.schema)
