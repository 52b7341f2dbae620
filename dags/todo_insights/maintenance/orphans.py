"""Unpublished folders: find the folders that no partition names, and decide which of them to remove."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ..catalog.base import Partition
from ..lake.files import FoundFile, RunFolder
from ..lake.schema import BY_NAME, DAILY_OF, LakeTable

# The key of a partition: a table, a day, and an hour (None for a daily table).
Key = tuple[str, str, str | None]


class Disposition(StrEnum):
    """What maintenance does with an unpublished folder: remove it, keep it for now, or report an orphan."""

    REMOVED = "removed"
    WAITING = "waiting"
    ORPHAN = "orphan"


@dataclass(frozen=True)
class UnpublishedFolder:
    """A folder with files that no partition names.

    `key` is the partition for which an attempt wrote the folder, and `written_at` is the latest known time at
    which a file of the folder was written. Both are None if the folder does not have the name of a run
    folder.
    """

    location: str
    files: tuple[FoundFile, ...]
    key: Key | None
    written_at: datetime | None


def unpublished_folders(
    table: LakeTable, found: Iterable[FoundFile], named: Collection[str]
) -> list[UnpublishedFolder]:
    """The folders of a table that no partition names; `named` are the locations that partitions name."""
    folders: dict[str, list[FoundFile]] = {}
    for file in found:
        if file.location not in named:
            folders.setdefault(file.location, []).append(file)
    return [_unpublished_folder(table, location, tuple(files)) for location, files in sorted(folders.items())]


def last_published(partitions: Iterable[Partition], now: datetime) -> dict[Key, datetime]:
    """The time at which the published content of each partition last changed.

    A change of an hour also counts as a change of its day, because then the partition of the day is outdated.
    """
    newest: dict[Key, datetime] = {}
    for each in partitions:
        moment = each.published_at or now
        keys: list[Key] = [(each.table, each.dt, each.hour)]
        if daily := DAILY_OF.get(BY_NAME[each.table]):
            keys.append((daily.physical, each.dt, None))
        for key in keys:
            newest[key] = max(newest.get(key, moment), moment)
    return newest


def disposition_of(
    folder_: UnpublishedFolder,
    published: Mapping[Key, datetime],
    damaged_partitions: Collection[Key],
    before: datetime,
) -> Disposition:
    """Decide what to do with an unpublished folder; only folders written before `before` are removed.

    A folder is removed if three conditions hold: its name is that of a run folder, it was written before
    `before`, and its partition was published before `before` and has all its files. Then queries on the old
    files have finished, and the old files are not needed to repair the partition. If the partition does not
    exist, as after the loss of the catalog, the folder is kept.
    """
    if folder_.key is None or folder_.written_at is None:
        return Disposition.ORPHAN
    if folder_.written_at > before:
        return Disposition.WAITING
    if folder_.key not in published or folder_.key in damaged_partitions:
        return Disposition.ORPHAN
    return Disposition.WAITING if published[folder_.key] > before else Disposition.REMOVED


def _unpublished_folder(table: LakeTable, location: str, files: tuple[FoundFile, ...]) -> UnpublishedFolder:
    folder = RunFolder.parse(location, table)
    if folder is None:
        return UnpublishedFolder(location, files, None, None)
    key = (table.physical, folder.dt, folder.hour)
    # The latest of these times counts: a copied file keeps its old modification time, and the time in the
    # name of a folder may be long before the write.
    written_at = max(folder.read_at, *(file.modified_at or folder.read_at for file in files))
    return UnpublishedFolder(location, files, key, written_at)
