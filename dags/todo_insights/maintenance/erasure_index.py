"""The erasure index: the hours with data of each erased user, in published and in unpublished files."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..catalog.base import Partition
from ..catalog.stores import Stores
from ..core.errors import StorageError
from ..core.hours import Hour
from ..lake.files import RunFolder
from ..lake.schema import BRONZE_TASKS, BRONZE_USERS, BY_NAME, TABLES, LakeTable
from ..lake.storage import Lake
from .erasure_receipts import Erasure

# Data of a user enters the lake through these tables: if none of their files has data of a user, no other
# file has.
_BRONZE = (BRONZE_TASKS, BRONZE_USERS)


@dataclass(frozen=True)
class AttemptFolder:
    """An unpublished folder of an hourly table; the attempt that wrote it read the log at `read_at`."""

    table: LakeTable
    location: str
    names: tuple[str, ...]
    hour: Hour
    read_at: datetime


@dataclass(frozen=True)
class ErasureIndex:
    """The `hours` with data of each user, and all `unpublished` folders.

    `as_of` maps each hour with all tables published to the earliest `as_of` of these tables.
    """

    hours: Mapping[str, Collection[Hour]]
    unpublished: Sequence[AttemptFolder]
    as_of: Mapping[Hour, datetime]

    def hours_to_reprocess(self, erasure: Erasure) -> list[Hour]:
        """The hours of the user that have to be processed again.

        In each of these hours, a table was read from the log before the end of the erasure or is not
        published.
        """
        return sorted(
            hour
            for hour in self.hours[erasure.user_id]
            if hour not in self.as_of or self.as_of[hour] < erasure.clean_from
        )

    def deletable(self, erasure: Erasure) -> list[AttemptFolder]:
        """The unpublished folders of attempts that read an hour of the user before the end of the erasure.

        When every hour has been processed again, these folders cannot be published any more, because newer
        content is published.
        """
        hours = self.hours[erasure.user_id]
        return [each for each in self.unpublished if each.hour in hours and each.read_at < erasure.clean_from]


def build_erasure_index(
    erasures: Collection[Erasure], stores: Stores, published_since: datetime | None = None
) -> ErasureIndex:
    """Search all Bronze files for data of these users.

    With `published_since`, published files are searched only if they were published at this time or later,
    and were read from the log before the end of the last erasure. Raises StorageError when a published file
    is missing.
    """
    # The folders are listed before the catalog is read. So a folder that is published between the two steps
    # counts as published.
    found = list(_attempt_folders(stores.lake))
    partitions = stores.catalog.snapshot([table.physical for table in TABLES])
    named = {(each.table, each.location) for each in partitions}
    unpublished_folders = [each for each in found if (each.table.physical, each.location) not in named]
    clean_from = max(each.clean_from for each in erasures)
    opened = [
        each
        for each in partitions
        if published_since is None
        or (each.as_of < clean_from and (each.published_at or each.as_of) >= published_since)
    ]
    hours: dict[str, set[Hour]] = {each.user_id: set() for each in erasures}
    for user_id, hour in _users_in_partitions(sorted(hours), opened, stores.lake):
        hours[user_id].add(hour)
    for each in unpublished_folders:
        suspects = [one.user_id for one in erasures if each.read_at < one.clean_from]
        for user_id in _users_in_folder(suspects, each, stores.lake):
            hours[user_id].add(each.hour)
    return ErasureIndex(hours, unpublished_folders, _as_of(partitions))


def _attempt_folders(lake: Lake) -> Iterator[AttemptFolder]:
    """Every run folder of the hourly tables in the lake; folders with other names are ignored."""
    for table in TABLES:
        folders: dict[str, list[str]] = defaultdict(list)
        for file in lake.files(table):
            folders[file.location].append(file.name)
        for location, names in folders.items():
            if folder := RunFolder.parse(location, table):
                hour = Hour.parse(f"{folder.dt}T{folder.hour}")
                yield AttemptFolder(table, location, tuple(names), hour, folder.read_at)


def _users_in_partitions(
    users: Sequence[str], partitions: Iterable[Partition], lake: Lake
) -> Iterator[tuple[str, Hour]]:
    files: dict[LakeTable, list[tuple[str, str]]] = {table: [] for table in _BRONZE}
    for each in partitions:
        if BY_NAME[each.table] in files and each.row_count:
            files[BY_NAME[each.table]] += [(each.location, file.name) for file in each.files]
    for table, names in files.items():
        rows = lake.read(table, names, ["user_id", "dt", "hour"], only=("user_id", users))
        for row in rows.group_by(rows.column_names).aggregate([]).to_pylist():
            yield row["user_id"], Hour.parse(f"{row['dt']}T{row['hour']}")


def _users_in_folder(suspects: Sequence[str], folder: AttemptFolder, lake: Lake) -> Collection[str]:
    if folder.table not in _BRONZE or not suspects:
        return ()
    names = [(folder.location, name) for name in folder.names]
    try:
        rows = lake.read(folder.table, names, ["user_id"], only=("user_id", suspects))
    except StorageError:
        # The attempt stopped while it wrote the file, so the folder is treated as if it had data of each of
        # these users.
        return suspects
    return {*rows["user_id"].to_pylist()}


def _as_of(partitions: Iterable[Partition]) -> dict[Hour, datetime]:
    found: dict[Hour, list[datetime]] = defaultdict(list)
    for each in partitions:
        found[Hour.parse(f"{each.dt}T{each.hour}")].append(each.as_of)
    return {hour: min(moments) for hour, moments in found.items() if len(moments) == len(TABLES)}
