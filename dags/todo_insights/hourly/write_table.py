"""Write rows of one table as one file, and return the description of the file for a manifest."""

import pyarrow as pa
import pyarrow.compute as pc

from ..core.hours import to_text
from ..lake.encoding import encode
from ..lake.schema import LakeTable
from ..lake.storage import Lake
from .manifest import WrittenTable, entry_of


def write_table(rows: pa.Table, table: LakeTable, location: str, name: str, lake: Lake) -> WrittenTable:
    """Encode the rows and write them to the file `name` in the folder `location` of the table's zone.

    `min_at` and `max_at` of the result are None if the table has no column `at`, or no rows.
    """
    file = entry_of(lake.write(table.zone, location, name, encode(rows, table)))
    at = pc.min_max(rows["at"]).as_py() if "at" in rows.column_names else {"min": None, "max": None}
    return WrittenTable(
        location=location,
        files=[file],
        checksum=file["checksum"],
        rows=rows.num_rows,
        min_at=at["min"] and to_text(at["min"]),
        max_at=at["max"] and to_text(at["max"]),
    )
