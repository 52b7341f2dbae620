"""Local times: convert moments in UTC to times and dates in the time zones of users."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

_QUARTER = 15 * 60


def local_times(moments: pd.Series, zones: pd.Series) -> pd.Series:
    """Convert each moment to the local time of the zone in its row, to the second; `zones` is categorical."""
    seconds = moments.to_numpy("datetime64[ms]").astype("datetime64[s]").astype(np.int64)
    local = np.full(len(moments), "NaT", dtype="datetime64[s]")
    for code, zone in enumerate(zones.cat.categories):
        rows = np.flatnonzero(zones.cat.codes == code)
        local[rows] = (seconds[rows] + _utc_offsets(seconds[rows], ZoneInfo(zone))).astype("datetime64[s]")
    return pd.Series(local, index=moments.index)


def _utc_offsets(seconds: npt.NDArray[np.int64], zone: ZoneInfo) -> npt.NDArray[np.int64]:
    """The offset of the zone from UTC, in seconds, at each time; the times are in seconds since 1970."""
    # Python computes one offset at a time, which is slow. But no time zone changes its offset twice within
    # 15 minutes. So the offset is computed only at both ends of each quarter of an hour. If the two offsets
    # of a quarter differ, the offset is computed for each time in it.
    positions, quarters = pd.factorize(seconds // _QUARTER)
    starts = (quarters * _QUARTER).tolist()
    first = np.array([_utc_offset(each, zone) for each in starts], np.int64)
    last = np.array([_utc_offset(each + _QUARTER - 1, zone) for each in starts], np.int64)
    offsets = first[positions]
    for row in np.flatnonzero((first != last)[positions]):
        offsets[row] = _utc_offset(int(seconds[row]), zone)
    return offsets


def _utc_offset(second: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(second, zone).utcoffset()
    return 0 if offset is None else offset // timedelta(seconds=1)


def local_dates(moments: pd.Series, zones: pd.Series) -> pd.Series:
    """The local date of each moment in the zone of its row, as a timestamp at midnight without time zone."""
    local = local_times(moments, zones).to_numpy()
    return pd.Series(local.astype("datetime64[D]").astype("datetime64[ms]"), index=moments.index)
