"""Publication records: a copy of each published hour's catalog entries, stored with the files.

`hourly.publish` writes the record of an hour after every check has passed, directly before the catalog
changes. So a lost catalog can be recovered from the records. If the catalog has lost an hour, a version of
the hour with fewer changes than in its record is not published. A record has no personal data. An incomplete
record is ignored.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from ..core.errors import LostCatalogError, StorageError
from ..core.hours import Hour, from_text, to_text
from ..lake.files import RunFolder, WrittenFile, run_folder_in
from ..lake.schema import BY_NAME
from ..lake.storage import Lake
from .base import Partition

# The records are in Bronze, because Silver and Gold can be computed again from Bronze.
ZONE = "bronze"
FOLDER = "publications"
_NAME = "publication.json"
_RECOVERY = f"{FOLDER}/recovery"
_CATALOG = f"{FOLDER}/catalog"
_MOMENTS = ("min_at", "max_at", "as_of", "published_at")


@dataclass(frozen=True)
class PublicationRecord:
    """The partitions of one hour as they were published, and the folder of this record."""

    location: str
    partitions: tuple[Partition, ...]

    @property
    def as_of(self) -> datetime:
        """The earliest `as_of` among the tables of the hour."""
        return min(each.as_of for each in self.partitions)

    @property
    def source_count(self) -> int:
        """The number of changes of the hour, including rejects."""
        return max(each.source_count for each in self.partitions)

    @property
    def age_key(self) -> tuple[datetime, datetime]:
        """The sort key that puts the newest record of an hour last."""
        return self.as_of, max(each.published_at or each.as_of for each in self.partitions)


def write_record(partitions: Sequence[Partition], run_key: str, lake: Lake) -> None:
    """Write the record of one hour; `partitions` are the partitions of the hour in all hourly tables."""
    first = partitions[0]
    content = json.dumps([_to_document(each) for each in partitions], indent=1).encode()
    hour = Hour.parse(f"{first.dt}T{first.hour}")
    lake.write(ZONE, run_folder_in(FOLDER, hour, run_key), _NAME, content)


def record_locations(lake: Lake, hour: Hour | None = None) -> dict[Hour, list[str]]:
    """The folders of the records of one hour, or of all hours."""
    folder = FOLDER if hour is None else f"{FOLDER}/dt={hour.dt}/hour={hour.hour}"
    found: dict[Hour, list[str]] = {}
    for file in lake.list(ZONE, folder):
        run = _parse(file.location)
        if run and file.name == _NAME:
            found.setdefault(Hour.parse(f"{run.dt}T{run.hour}"), []).append(file.location)
    return found


def recorded_at(location: str) -> datetime:
    """The time at which the log was read for a publication; `location` is the folder of its record."""
    run = _parse(location)
    if run is None:
        raise ValueError(f"{location!r} is not the folder of a publication record")
    return run.read_at


def _parse(location: str) -> RunFolder | None:
    return RunFolder.parse_in(FOLDER, location, has_hour=True)


def read_records(locations: Iterable[str], lake: Lake) -> list[PublicationRecord]:
    """The complete records in these folders, the newest first."""
    records = [record for each in locations if (record := _read(each, lake))]
    return sorted(records, key=lambda each: each.age_key, reverse=True)


def check_against_records(new: Sequence[Partition], lake: Lake) -> None:
    """Compare new partitions of an hour that is not in the catalog with the publication records of the hour.

    Raises LostCatalogError when a record with complete files has more changes or a later `as_of`.
    """
    hour = Hour.parse(f"{new[0].dt}T{new[0].hour}")
    for record in read_records(record_locations(lake, hour).get(hour, ()), lake):
        if not _is_complete(record, lake):
            continue
        if record.source_count > new[0].source_count:
            raise LostCatalogError(
                f"{hour}: {new[0].source_count} changes were read, but files in the lake have "
                f"{record.source_count}, although the catalog does not name them; "
                "recover the catalog with the command recover (make recover)"
            )
        if record.as_of > new[0].as_of:
            raise LostCatalogError(
                f"{hour}: the lake has files of a later reading, although the catalog does not name them; "
                "recover the catalog with the command recover (make recover)"
            )


def note_catalog_in_use(lake: Lake) -> None:
    """Record that something was published to this catalog, so that an empty catalog is recognized as lost.

    A publication record is no proof that something was published: the record is written before the catalog
    contains the partition.
    """
    if not is_catalog_in_use(lake):
        lake.write(ZONE, _CATALOG, "in_use", b"")


def is_catalog_in_use(lake: Lake) -> bool:
    """Return whether anything was ever published to the catalog."""
    return lake.exists(ZONE, _CATALOG, "in_use")


def start_recovery(lake: Lake, now: datetime) -> None:
    """Record that a recovery has started: until `finish_recovery`, the catalog may be incomplete."""
    lake.write(ZONE, _RECOVERY, "started", to_text(now).encode())


def finish_recovery(lake: Lake) -> None:
    """Record that the recovery has finished, so that the catalog is complete."""
    lake.remove(ZONE, _RECOVERY)


def is_recovery_unfinished(lake: Lake) -> bool:
    """Return whether a recovery has started and not finished."""
    return lake.exists(ZONE, _RECOVERY, "started")


def _is_complete(record: PublicationRecord, lake: Lake) -> bool:
    try:
        for partition in record.partitions:
            for file in partition.files:
                lake.require(BY_NAME[partition.table].zone, partition.location, file)
    except StorageError:
        return False
    return True


def _read(location: str, lake: Lake) -> PublicationRecord | None:
    content = lake.read_bytes(ZONE, location, _NAME)
    try:
        partitions = tuple(_from_document(each) for each in json.loads(content))
    except (ValueError, TypeError, KeyError):
        return None
    return PublicationRecord(location, partitions) if partitions else None


def _to_document(partition: Partition) -> dict[str, Any]:
    document = asdict(partition) | {"files": [vars(file) for file in partition.files]}
    return {
        name: to_text(value) if isinstance(value, datetime) else value for name, value in document.items()
    }


def _from_document(document: dict[str, Any]) -> Partition:
    moments = {name: document[name] and from_text(document[name]) for name in _MOMENTS}
    files = tuple(WrittenFile(**file) for file in document["files"])
    return Partition(**(document | moments | {"files": files}))
