"""Combines columns of whole numbers into one number per row, because one number sorts and groups faster."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]

_MAX = np.iinfo(np.int64).max


def sort_key(columns: Sequence[Numbers], count: int) -> Numbers:
    """One number for each of `count` rows; sorting by these numbers is the same as sorting by the columns.

    Rows are sorted by the first column; rows that are equal in the first column, by the second; and so on.
    """
    key, size = np.zeros(count, np.int64), 1
    for column in columns if count else ():
        first, last = int(column.min()), int(column.max())
        if size * (last - first + 1) > _MAX:
            # The key would not fit into 64 bits. So the values are replaced by their ranks, which are smaller
            # and have the same order.
            key, column = (np.unique(each, return_inverse=True)[1] for each in (key, column))
            size, first, last = int(key.max()) + 1, 0, int(column.max())
        key = key * (last - first + 1) + (column - first)
        size *= last - first + 1
    return key
