"""Gold is a sum, so it does not depend on the slices of an hour or on the order of changes."""

from datetime import timedelta
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.dags.change_log import NOON, Document, change, extracted, task, user
from tests.sampling import examples
from todo_insights.lake.encoding import encode
from todo_insights.lake.schema import GOLD_CATEGORIES, GOLD_USERS, PRIORITIES, STATUSES
from todo_insights.transform.aggregate import add_up, aggregate
from todo_insights.transform.conform import conform

ZONES = ["UTC", "Pacific/Auckland", "America/New_York", "Asia/Kathmandu"]


@st.composite
def images(draw: st.DrawFn) -> Document:
    status = draw(st.sampled_from(STATUSES))
    done_at = NOON + timedelta(milliseconds=draw(st.integers(0, 10_000_000)))
    return task(
        user_id=draw(st.sampled_from(["ada", "bob", "eve"])),
        status=status,
        priority=draw(st.sampled_from(PRIORITIES)),
        category=draw(st.sampled_from([None, "home", "work", "(none)"])),
        due_date=draw(st.sampled_from([None, "2026-11-19", "2026-11-20", "2026-11-21"])),
        completed_at=done_at if status == "completed" else None,
    )


@st.composite
def documents(draw: st.DrawFn) -> Document:
    op = draw(st.sampled_from(["created", "updated", "deleted", "restored", "account"]))
    if op == "account":
        return change("created", None, user(_id=draw(st.sampled_from(["ada", "bob"]))))
    before = draw(images()) if op in ("updated", "deleted") else None
    after = draw(images()) if op != "deleted" else None
    return change(op, before, after)


@st.composite
def logs(draw: st.DrawFn) -> list[Document]:
    found = draw(st.lists(documents(), max_size=25))
    return [
        document
        | {
            "_id": f"{document['entity']}:{number}",
            "at": NOON + timedelta(milliseconds=draw(st.integers(0, 3_599_999))),
            "time_zone": draw(st.sampled_from(ZONES)),
        }
        for number, document in enumerate(found)
    ]


def golds(log: list[Document]) -> tuple[pa.Table, pa.Table]:
    bronze = extracted(*log)
    silver = conform(bronze.tasks, bronze.users)
    return aggregate(silver.tasks, silver.users)


@pytest.mark.sampled
@settings(max_examples=examples(60, 15), deadline=None)
@given(log=logs(), cuts=st.lists(st.integers(0, 25), max_size=3))
def test_slices_add_up_to_the_whole(log: list[Document], cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(log)]
    parts = [golds(log[start:end]) for start, end in pairwise(edges)]
    whole_users, whole_categories = golds(log)
    users = add_up((part[0] for part in parts), GOLD_USERS)
    categories = add_up((part[1] for part in parts), GOLD_CATEGORIES)
    assert encode(users, GOLD_USERS) == encode(whole_users, GOLD_USERS)
    assert encode(categories, GOLD_CATEGORIES) == encode(whole_categories, GOLD_CATEGORIES)


@pytest.mark.sampled
@settings(max_examples=examples(30, 10), deadline=None)
@given(log=logs(), data=st.data())
def test_order_of_changes_does_not_change_bytes(log: list[Document], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(log))
    for table, one, other in zip((GOLD_USERS, GOLD_CATEGORIES), golds(log), golds(shuffled), strict=True):
        assert encode(one, table) == encode(other, table)
