"""Publishes hours in the format of an older release: without new columns, and with a removed column."""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from tests.dags.insights import Pipeline
from todo_insights.catalog.stores import open_stores
from todo_insights.core.hours import Hour
from todo_insights.hourly.manifest import Manifest, checksum_of, entry_of
from todo_insights.hourly.planning import plan
from todo_insights.hourly.process import process
from todo_insights.hourly.publish import publish_hours
from todo_insights.lake.encoding import encode
from todo_insights.lake.schema import (
    BRONZE_TASKS,
    BRONZE_USERS,
    GOLD_CATEGORIES,
    GOLD_USERS,
    SILVER_TASKS,
    SILVER_USERS,
    LakeTable,
)


@dataclass(frozen=True)
class Since:
    """The column and the image field that were added after the old files were written."""

    added: str
    added_to_images: str | None = None


SINCE: dict[LakeTable, Since] = {
    BRONZE_TASKS: Since("request_id", "category"),
    BRONZE_USERS: Since("request_id", "name"),
    SILVER_TASKS: Since("due_date"),
    SILVER_USERS: Since("email_masked"),
    GOLD_USERS: Since("tasks_reopened"),
    GOLD_CATEGORIES: Since("tasks_reopened"),
}
# A column that old files contain, but that was removed from the tables.
REMOVED = "colour"


def publish_as_before(pipeline: Pipeline, hour: Hour) -> None:
    """Publish an hour with the columns of the older release."""
    (slice_,) = plan({hour: "scheduled"}, pipeline.database.changes, 1_000_000)
    manifest = process(slice_, pipeline.database, open_stores(pipeline.settings), pipeline.tick())
    for table, since in SINCE.items():
        _rewrite(manifest, table, since, pipeline)
    publish_hours([manifest], open_stores(pipeline.settings), pipeline.settings.settle, pipeline.tick())


def _rewrite(manifest: Manifest, table: LakeTable, since: Since, pipeline: Pipeline) -> None:
    written = manifest["tables"][table.physical]
    (file,) = written["files"]
    rows = pipeline.lake.read(table, [(written["location"], file["name"])], table.columns.names)
    content = encode(_before(rows, since), table)
    entry = entry_of(pipeline.lake.write(table.zone, written["location"], "older.parquet", content))
    written["files"], written["checksum"] = [entry], checksum_of([entry])


def _before(rows: pa.Table, since: Since) -> pa.Table:
    if since.added_to_images:
        for side in ("before", "after"):
            at = rows.schema.get_field_index(side)
            rows = rows.set_column(at, side, _image_before(rows[side], since.added_to_images))
    blue = pa.repeat(pa.scalar("blue"), rows.num_rows)
    return rows.drop_columns([since.added]).append_column(REMOVED, blue)


def _image_before(images: pa.ChunkedArray, added: str) -> pa.Array:
    image = images.combine_chunks()
    names = [field.name for field in image.type if field.name != added]
    fields = [pc.struct_field(image, name) for name in names]
    blue = pa.repeat(pa.scalar("blue"), len(image))
    return pa.StructArray.from_arrays([*fields, blue], names=[*names, REMOVED], mask=pc.is_null(image))
