"""The compared pipelines; each reads the file of changes and writes Parquet files into a folder.

Each public function imports its libraries and returns the function that is measured. The measured function
returns the number of changes that it has written.
"""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from bench.pipelines.bson_file import BATCH_SIZE, batch_count, batches

HOUR = datetime(2026, 11, 20, 12, tzinfo=UTC)
_CHANGES_PER_SLICE = 250_000
# The number of bytes of BSON that pymongoarrow converts at once.
_STREAMED_BYTES = 40_000_000

Run = Callable[[], int]


def ours(source: Path, target: Path) -> Run:
    """Our pipeline: writes, verifies and publishes Bronze, Silver and Gold."""
    from todo_insights.catalog.stores import open_stores
    from todo_insights.core.hours import to_text
    from todo_insights.core.settings import Settings
    from todo_insights.hourly.extract import PART_BYTES
    from todo_insights.hourly.manifest import Slice
    from todo_insights.hourly.process import process_from
    from todo_insights.hourly.publish import publish_hours
    from todo_insights.transform.bronze import bronze_of

    per_slice = _CHANGES_PER_SLICE // BATCH_SIZE
    count = -(-batch_count(source) // per_slice)

    def run() -> int:
        stores = open_stores(Settings.from_environment({"LAKE_URI": target.as_uri()}))
        now = HOUR + timedelta(hours=1, minutes=5)
        manifests = []
        for number in range(count):
            slice_ = Slice(
                hour=f"{HOUR:%Y-%m-%dT%H}",
                slice=number,
                slices=count,
                start=to_text(HOUR + timedelta(hours=1) * number / count),
                end=to_text(HOUR + timedelta(hours=1) * (number + 1) / count),
                reason="scheduled",
            )
            read = batches(source, number * per_slice, min((number + 1) * per_slice, batch_count(source)))
            parts = bronze_of(read, PART_BYTES)
            manifests.append(process_from(slice_, partial(_slice_of, parts), stores.lake, now))
        (published,) = publish_hours(manifests, stores, timedelta(minutes=5), now)
        if published["rejects"]:
            raise RuntimeError(f"{published['rejects']} changes were rejected")
        return published["source_count"]

    return run


def _slice_of(parts: Iterator[Any], start: datetime, end: datetime) -> Iterator[Any]:
    """Return all parts: `start` and `end` are ignored, because the parts contain only one slice."""
    return parts


def pymongoarrow(source: Path, target: Path) -> Run:
    """A lower bound: pymongoarrow with a schema converts the changes to one file, without any checks."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    from pymongoarrow.context import PyMongoArrowContext
    from pymongoarrow.schema import Schema

    from todo_insights.lake.schema import SOURCE, TASK_IMAGE

    schema = pa.schema(
        [(each.name, TASK_IMAGE if pa.types.is_struct(each.type) else each.type) for each in SOURCE]
    )

    def tables() -> Iterator[pa.Table]:
        context, size = PyMongoArrowContext(Schema.from_arrow(schema)), 0
        for batch in batches(source):
            context.process_bson_stream(batch)
            size += len(batch)
            if size > _STREAMED_BYTES:
                yield context.finish()
                context, size = PyMongoArrowContext(Schema.from_arrow(schema)), 0
        yield context.finish()

    def run() -> int:
        count = 0
        with pq.ParquetWriter(target / "changes.parquet", schema, compression="zstd") as writer:
            for table in tables():
                writer.write_table(table)
                count += table.num_rows
        return count

    return run


def json_normalize(source: Path, target: Path) -> Run:
    """The usual pipeline in pandas: decode the documents, call json_normalize, call to_parquet."""
    import pandas as pd

    def run() -> int:
        frame = pd.json_normalize(list(_documents(source)), sep="_")
        frame.to_parquet(target / "changes.parquet", compression="zstd", index=False)
        return len(frame)

    return run


def dlt(source: Path, target: Path) -> Run:
    """dlt with the conversions of its verified MongoDB source, writing Parquet files into a folder."""
    os.environ |= {
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "RUNTIME__LOG_LEVEL": "ERROR",
        "EXTRACT__WORKERS": "1",
        "NORMALIZE__DATA_WRITER__COMPRESSION": "zstd",
    }
    import dlt as library
    from bson import Decimal128, ObjectId
    from dlt.common.time import ensure_pendulum_datetime
    from dlt.common.utils import map_nested_values_in_place

    def converted(value: Any) -> Any:
        if isinstance(value, (ObjectId, Decimal128)):
            return str(value)
        return ensure_pendulum_datetime(value) if isinstance(value, datetime) else value

    of_hour = library.sources.incremental("at", initial_value=HOUR)

    def changes(at: Any = of_hour) -> Iterator[Any]:
        import bson

        for batch in batches(source):
            yield map_nested_values_in_place(converted, bson.decode_all(batch, _utc()))

    def run() -> int:
        pipeline = library.pipeline(
            "bench",
            pipelines_dir=str(target / "state"),
            destination=library.destinations.filesystem(bucket_url=(target / "files").as_uri()),
            dataset_name="hour",
        )
        resource = library.resource(changes, name="changes", primary_key="_id", write_disposition="append")
        pipeline.run(resource(), loader_file_format="parquet").raise_on_failed_jobs()
        return int(pipeline.last_trace.last_normalize_info.row_counts["changes"])

    return run


def _documents(source: Path) -> Iterator[Any]:
    import bson

    for batch in batches(source):
        yield from bson.decode_all(batch, _utc())


def _utc() -> Any:
    from bson.codec_options import CodecOptions

    return CodecOptions(tz_aware=True, tzinfo=UTC)


CONTENDERS = {each.__name__: each for each in (ours, pymongoarrow, json_normalize, dlt)}
