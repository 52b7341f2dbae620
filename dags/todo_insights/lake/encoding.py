"""Encode rows as Parquet, sorted and compressed, so that equal rows give equal bytes."""

from collections.abc import Iterable, Iterator
from io import BytesIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ..core.sort_keys import sort_key
from .schema import LakeTable

# The rows are copied into sorted order one row group at a time, so that memory never contains a second copy
# of all rows.
_ROW_GROUP = 32_768
# Columns in which values are hardly ever repeated. A dictionary would contain every value, and the writer
# would discard the dictionary after a megabyte.
_DISTINCT = frozenset(
    {
        *("change_id", "task_id", "_id", "request_id", "title", "description", "email", "name", "raw"),
        *("at", "created_at", "updated_at", "completed_at"),
    }
)


def encode(rows: pa.Table, table: LakeTable) -> bytes:
    """Encode the rows as Parquet in the sort order of the table; the order of `rows` does not matter."""
    # Without this call, Arrow keeps memory that earlier steps have freed, instead of returning it to the
    # system.
    pa.default_memory_pool().release_unused()
    order = _order(rows, table.sorted_by)
    sink = BytesIO()
    rows = rows.replace_schema_metadata(None)
    columns = list(_column_paths(rows.schema))
    with pq.ParquetWriter(
        sink,
        rows.schema,
        compression="zstd",
        version="2.6",
        use_dictionary=[path for path in columns if path.rpartition(".")[2] not in _DISTINCT],
        # Statistics of these columns let readers skip row groups.
        write_statistics=[path for path in columns if path in (*table.sorted_by, "at")],
    ) as writer:
        for start in range(0, max(len(order), 1), _ROW_GROUP):
            part = rows.take(pa.array(order[start : start + _ROW_GROUP]))
            writer.write_table(part.combine_chunks(), row_group_size=_ROW_GROUP)
    return sink.getvalue()


def _order(rows: pa.Table, names: Iterable[str]) -> npt.NDArray[np.int64]:
    """The row numbers, in the order in which these columns sort the rows.

    Columns are converted to whole numbers before sorting. Values of the last column are compared only for
    rows that are equal in the other columns, so that most of its texts are never compared.
    """
    *first, last = names
    key = sort_key([_numbers(rows[name]) for name in first], rows.num_rows)
    order = np.argsort(key)
    ties = np.flatnonzero(np.diff(key[order]) == 0)
    if len(ties):
        places = np.union1d(ties, ties + 1)
        tied = order[places]
        ranks = pc.rank(rows[last].take(pa.array(tied)), "ascending").to_numpy()
        order[places] = tied[np.lexsort([ranks, key[tied]])]
    return order


def _numbers(values: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """The values (texts, dates or times) as whole numbers that sort in the same order."""
    if not pa.types.is_string(values.type):
        whole = values.cast(pa.int32() if pa.types.is_date32(values.type) else pa.int64())
        return np.asarray(whole.to_numpy(), np.int64)
    encoded = values.dictionary_encode().combine_chunks()
    ranks = pc.rank(encoded.dictionary, "ascending").to_numpy()
    return np.asarray(ranks[encoded.indices.to_numpy()], np.int64)


def _column_paths(fields: Iterable[pa.Field], parent: str = "") -> Iterator[str]:
    """The paths of the columns in a Parquet file, such as `after.status` and `after.tags.list.element`."""
    for field in fields:
        path = f"{parent}{field.name}"
        if pa.types.is_struct(field.type):
            yield from _column_paths(field.type, f"{path}.")
        elif pa.types.is_list(field.type):
            yield f"{path}.list.element"
        else:
            yield path
