"""Combines columns of whole numbers to one number per row, which sorts and groups faster than the columns."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]

_MAX = np.iinfo(np.int64).max


def sort_key(columns: Sequence[Numbers], count: int) -> Numbers:
    """One number for each of `count` rows; these numbers compare like the rows of the columns.

    The first column decides, then the second, and so on.
    """
    key, size = np.zeros(count, np.int64), 1
    for column in columns if count else ():
        first, last = int(column.min()), int(column.max())
        if size * (last - first + 1) > _MAX:
            # Ranks are smaller than the numbers, and compare like them.
            key, column = (np.unique(each, return_inverse=True)[1] for each in (key, column))
            size, first, last = int(key.max()) + 1, 0, int(column.max())
        key = key * (last - first + 1) + (column - first)
        size *= last - first + 1
    return key
