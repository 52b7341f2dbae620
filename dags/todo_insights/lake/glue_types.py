"""The lake's tables in Glue's words: columns, types and file format, as the lake stack declares them."""

from typing import Any

import pyarrow as pa

from .schema import LakeTable

_HIVE = "org.apache.hadoop.hive.ql.io.parquet"
# What a partition's storage descriptor says besides columns and location.
FORMAT: dict[str, Any] = {
    "InputFormat": f"{_HIVE}.MapredParquetInputFormat",
    "OutputFormat": f"{_HIVE}.MapredParquetOutputFormat",
    "SerdeInfo": {"SerializationLibrary": f"{_HIVE}.serde.ParquetHiveSerDe"},
}
_SIMPLE = {
    pa.string(): "string",
    pa.int64(): "bigint",
    pa.date32(): "date",
    pa.timestamp("ms", tz="UTC"): "timestamp",
    pa.list_(pa.string()): "array<string>",
}


def glue_type(kind: pa.DataType) -> str:
    """The Glue type of a column: https://docs.aws.amazon.com/athena/latest/ug/data-types.html."""
    if pa.types.is_struct(kind):
        return f"struct<{','.join(f'{field.name}:{glue_type(field.type)}' for field in kind)}>"
    return _SIMPLE[kind]


def glue_columns(table: LakeTable) -> list[dict[str, str]]:
    """The columns of a table, its partition keys left out."""
    return [{"Name": field.name, "Type": glue_type(field.type)} for field in table.columns]
