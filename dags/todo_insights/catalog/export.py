"""Export the changes of all published hours in the form of the log, to rebuild a lost database.

The stream starts with a header document. The hours follow, oldest first: the changes of an hour, and then its
marker, a document with the number and digest of these changes. A stream is complete if the number of markers
equals the number of hours in the header.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from ..core.errors import StorageError
from ..core.hours import Hour
from ..lake.schema import BRONZE_TASKS, BRONZE_USERS, ERASED_FIELDS, SCHEMA_VERSION, LakeTable
from ..lake.storage import Lake
from .base import Partition
from .stores import Stores

Document = dict[str, Any]

FORMAT = 1
HEAD = "lake"
# For each entity, the Bronze table and the column with the entity's id.
_ENTITIES = {"user": (BRONZE_USERS, "user_id"), "task": (BRONZE_TASKS, "task_id")}
# The maximum number of rows that are converted to Python objects at once. Besides these objects, memory
# contains the columns of one file.
_ROWS_AT_ONCE = 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ERASED_FIELDS: Document = {name: [] if name == "tags" else None for name in ERASED_FIELDS}


@dataclass
class ChangesDigest:
    """The number of documents, and the sum of the digests of the documents; their order does not matter."""

    count: int = 0
    total: int = 0

    def add(self, document: Mapping[str, Any]) -> None:
        """Add a document to the count, and its digest to the sum."""
        text = json.dumps(document, sort_keys=True, ensure_ascii=False, default=_milliseconds)
        digest = hashlib.sha256(text.encode()).digest()
        self.total = (self.total + int.from_bytes(digest, "big")) % 2**256
        self.count += 1

    def summary(self) -> Document:
        """The count, and the sum of the digests as 64 hexadecimal digits."""
        return {"count": self.count, "digest": f"{self.total:064x}"}


@dataclass(frozen=True)
class _Published:
    """One published hour: its partition of each Bronze table, by entity."""

    hour: Hour
    partitions: dict[str, Partition] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return sum(each.row_count for each in self.partitions.values())

    @property
    def source_count(self) -> int:
        return max(each.source_count for each in self.partitions.values())

    @property
    def until(self) -> datetime:
        """The time up to which the hour is complete: its end, or the time of reading if that is earlier."""
        return min(self.hour.end, *(each.as_of for each in self.partitions.values()))


def export(stores: Stores, after: Hour | None = None) -> Iterator[Document]:
    """Yield the header, the changes and the markers; with `after`, only of the hours later than `after`.

    Changes of a deleted user have no personal data. Raises StorageError when a published file is missing or
    damaged. In this case, process the hour of the file again, if the log still contains the hour.
    """
    published = _published(stores)
    chosen = [each for each in published if after is None or each.hour > after]
    yield _head(published, chosen)
    deleted = _deleted_users(published, stores.lake)
    for each in chosen:
        digests = {entity: ChangesDigest() for entity in _ENTITIES}
        for entity, partition in each.partitions.items():
            yield from _changes(entity, partition, deleted, digests[entity], stores.lake)
        yield {
            "_id": f"hour:{each.hour}",
            "hour": str(each.hour),
            "changes": {entity: digest_.summary() for entity, digest_ in digests.items()},
        }


def _published(stores: Stores) -> list[_Published]:
    """The hours that are published in both Bronze tables, in order.

    In Glue, the two tables are published one after the other, so an hour may be missing in one of them for a
    moment.
    """
    found: dict[Hour, _Published] = {}
    entities = {table.physical: entity for entity, (table, _) in _ENTITIES.items()}
    for partition in stores.catalog.snapshot(list(entities)):
        hour = Hour.parse(f"{partition.dt}T{partition.hour}")
        found.setdefault(hour, _Published(hour)).partitions[entities[partition.table]] = partition
    return [found[hour] for hour in sorted(found) if len(found[hour].partitions) == len(_ENTITIES)]


def _head(published: Sequence[_Published], chosen: Sequence[_Published]) -> Document:
    """The head document: the period of the whole lake, and the number of hours and changes that follow."""
    span = (published[-1].hour.end - published[0].hour.start) // timedelta(hours=1) if published else 0
    return {
        "_id": HEAD,
        "format": FORMAT,
        "covers_from": published[0].hour.start if published else None,
        "covers_until": published[-1].until if published else None,
        "missing_hours": span - len(published),
        # A change that does not fit the schema is a reject without a row in Bronze.
        "rejected": sum(each.source_count - each.rows for each in published),
        "hours": len(chosen),
        "changes": sum(each.rows for each in chosen),
    }


def _deleted_users(published: Sequence[_Published], lake: Lake) -> frozenset[str]:
    """The ids of deleted users; until their erasures are finished, Bronze may contain their personal data."""
    partitions = [each.partitions["user"] for each in published]
    files = [(each.location, file.name) for each in partitions if each.row_count for file in each.files]
    rows = lake.read(BRONZE_USERS, files, ["user_id"], only=("op", ["deleted"]))
    return frozenset(rows["user_id"].to_pylist())


def _changes(
    entity: str, partition: Partition, deleted: frozenset[str], digest_: ChangesDigest, lake: Lake
) -> Iterator[Document]:
    table, id_column = _ENTITIES[entity]
    for row in _rows(table, partition, lake):
        images = {side: row[side] for side in ("before", "after")}
        erased = row["user_id"] in deleted
        if erased:
            images = {side: image and image | _personal_fields_of(image) for side, image in images.items()}
        document = {
            "_id": row["change_id"],
            "entity": entity,
            "entity_id": row[id_column],
            **{name: row[name] for name in ("user_id", "version", "op", "at", "time_zone", "request_id")},
            "schema_version": SCHEMA_VERSION,
            **images,
        }
        digest_.add(document)
        yield document | {"erased": True} if erased else document


def _personal_fields_of(image: Document) -> Document:
    return {name: value for name, value in _ERASED_FIELDS.items() if name in image}


def _rows(table: LakeTable, partition: Partition, lake: Lake) -> Iterator[Document]:
    if not partition.row_count:
        return
    dataset = lake.dataset(table, [(partition.location, file.name) for file in partition.files])
    # Reading ahead is switched off: it would hardly save time, and would keep several files in memory.
    batches = dataset.to_batches(
        columns=table.columns.names, batch_size=_ROWS_AT_ONCE, batch_readahead=1, fragment_readahead=1
    )
    try:
        for batch in batches:
            yield from batch.to_pylist()
    except (OSError, pa.ArrowInvalid) as error:
        raise StorageError(f"cannot read a file of {table.physical} {partition.dt}: {error}") from error


def _milliseconds(value: object) -> int:
    if not isinstance(value, datetime):
        raise TypeError(f"a change cannot contain a {type(value).__name__}")
    return (value - _EPOCH) // timedelta(milliseconds=1)
