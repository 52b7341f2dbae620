"""Sorting by the key equals sorting by the columns, even if the key would not fit into 64 bits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sampling import examples
from todo_insights.core.sort_keys import sort_key

BOUNDS = np.iinfo(np.int64)
NUMBERS = st.one_of(st.integers(-3, 3), st.integers(BOUNDS.min, BOUNDS.max))


@pytest.mark.sampled
@settings(max_examples=examples(200, 50), deadline=None)
@given(rows=st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), max_size=12))
def test_key_compares_like_the_columns(rows: list[tuple[int, int, int]]) -> None:
    columns = [np.array(column, np.int64) for column in zip(*rows, strict=True)]
    key = sort_key(columns, len(rows)).tolist()
    assert [(a < b, a == b) for a in key for b in key] == [(a < b, a == b) for a in rows for b in rows]
