"""Local times are those of Python's zoneinfo, also around a change of the offset from UTC."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sampling import examples
from todo_insights.transform.local_time import local_times

# Each zone with a time at which its offset from UTC changes: by an hour, by half an hour, by a day, and by
# 44 minutes and 30 seconds in the middle of a minute.
CHANGES = {
    "America/New_York": datetime(2026, 11, 1, 6, tzinfo=UTC),
    "Australia/Lord_Howe": datetime(2026, 4, 4, 15, tzinfo=UTC),
    "Pacific/Apia": datetime(2011, 12, 30, 10, tzinfo=UTC),
    "Africa/Monrovia": datetime(1972, 1, 7, 0, 44, 30, tzinfo=UTC),
}


@pytest.mark.sampled
@settings(max_examples=examples(100, 30), deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(list(CHANGES)),
            st.one_of(st.integers(-2000, 2000), st.integers(-2_000_000, 2_000_000)),
        ),
        min_size=1,
    )
)
def test_local_time_equals_that_of_zoneinfo(rows: list[tuple[str, int]]) -> None:
    moments = [CHANGES[zone] + timedelta(milliseconds=500 * each) for zone, each in rows]
    zones = [zone for zone, _ in rows]
    local = local_times(pd.Series(moments), pd.Series(zones, dtype="category"))
    assert [each.to_pydatetime() for each in local] == [
        moment.astimezone(ZoneInfo(zone)).replace(microsecond=0, tzinfo=None)
        for moment, zone in zip(moments, zones, strict=True)
    ]
