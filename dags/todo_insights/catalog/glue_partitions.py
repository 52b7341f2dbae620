"""Partitions and columns in the form of the Glue Data Catalog.

A partition in Glue has values (its day and hour), a storage descriptor and parameters (texts by name):
https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-partitions.html
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

import pyarrow as pa

from ..core.errors import CatalogError
from ..core.hours import from_text, to_text
from ..lake.files import WrittenFile
from ..lake.schema import ARROW_TYPES, BY_NAME, LakeTable
from ..lake.storage import Lake
from .base import Partition

_HIVE = "org.apache.hadoop.hive.ql.io.parquet"
# The fields of a partition's storage descriptor, except the columns and the location.
_FORMAT: dict[str, Any] = {
    "InputFormat": f"{_HIVE}.MapredParquetInputFormat",
    "OutputFormat": f"{_HIVE}.MapredParquetOutputFormat",
    "SerdeInfo": {"SerializationLibrary": f"{_HIVE}.serde.ParquetHiveSerDe"},
}
_GLUE_TYPES = {kind: name for name, kind in ARROW_TYPES.items()}
_MOMENTS = ("min_at", "max_at", "as_of", "published_at")
_NUMBERS = ("row_count", "source_count", "rejects", "schema_version")
# The fields of a Partition that Glue stores as the table's name and the partition's values. The other fields
# are stored as parameters.
_PLACED = ("table", "dt", "hour")


def to_glue(partition: Partition, lake: Lake) -> dict[str, Any]:
    """Convert a partition to Glue's `PartitionInput`, with its location as an absolute URI."""
    table = BY_NAME[partition.table]
    facts = {
        name: to_text(value) if isinstance(value, datetime) else str(value)
        for name, value in asdict(partition).items()
        if name not in (*_PLACED, "files") and value is not None
    }
    return {
        "Values": keys_of(partition),
        "StorageDescriptor": {
            **_FORMAT,
            "Columns": glue_columns(table),
            "Location": lake.uri(table.zone, partition.location) + "/",
        },
        "Parameters": facts | {"files": json.dumps([vars(file) for file in partition.files])},
    }


def from_glue(found: Mapping[str, Any]) -> Partition:
    """Convert a partition of Glue; raises CatalogError if another program created the partition."""
    facts, keys = found.get("Parameters", {}), found["Values"]
    if "run_id" not in facts:
        raise CatalogError(
            f"{found['TableName']} {keys} was not published by this pipeline; delete the partition in Glue"
        )
    values: dict[str, Any] = {field.name: facts.get(field.name) for field in fields(Partition)}
    values |= {name: values[name] and from_text(values[name]) for name in _MOMENTS}
    values |= {name: int(values[name]) for name in _NUMBERS}
    values["files"] = tuple(WrittenFile(**file) for file in json.loads(values["files"]))
    values["provisional"] = values["provisional"] == "True"
    hour = keys[1] if len(keys) > 1 else None
    return Partition(**(values | {"table": found["TableName"], "dt": keys[0], "hour": hour}))


def keys_of(partition: Partition) -> list[str]:
    """The values of the partition columns as texts: the day and, for an hourly table, the hour."""
    return [each for each in (partition.dt, partition.hour) if each is not None]


def glue_type(kind: pa.DataType) -> str:
    """The Glue type of an Arrow type: https://docs.aws.amazon.com/athena/latest/ug/data-types.html."""
    if pa.types.is_struct(kind):
        return f"struct<{','.join(f'{field.name}:{glue_type(field.type)}' for field in kind)}>"
    return _GLUE_TYPES[kind]


def glue_columns(table: LakeTable) -> list[dict[str, str]]:
    """The columns of a table without its partition keys."""
    return [{"Name": field.name, "Type": glue_type(field.type)} for field in table.columns]
