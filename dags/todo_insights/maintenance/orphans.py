"""Leftovers: folders that no partition names, and what becomes of them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ..lake.catalog import Partition
from ..lake.files import FoundFile, RunFolder
from ..lake.schema import BY_NAME, DAILY_OF, LakeTable

# A table, a day, and an hour where the table has hours.
Key = tuple[str, str, str | None]


class Disposition(StrEnum):
    """What maintenance does with a leftover: remove it, wait, or leave it to a person as an orphan."""

    REMOVED = "removed"
    WAITING = "waiting"
    ORPHAN = "orphan"


@dataclass(frozen=True)
class UnpublishedFolder:
    """A folder with files that no partition names.

    `key` says which partition its try was for and `written_at` when the last of it was written, as far as is
    known; both are None for a folder whose name is not one of ours.
    """

    location: str
    files: tuple[FoundFile, ...]
    key: Key | None
    written_at: datetime | None


def unpublished_folders(
    table: LakeTable, found: Iterable[FoundFile], named: Collection[str]
) -> list[UnpublishedFolder]:
    """The folders of a table that are not among the named locations."""
    folders: dict[str, list[FoundFile]] = {}
    for file in found:
        if file.location not in named:
            folders.setdefault(file.location, []).append(file)
    return [_unpublished_folder(table, location, tuple(files)) for location, files in sorted(folders.items())]


def last_published(partitions: Iterable[Partition], now: datetime) -> dict[Key, datetime]:
    """When what readers see of each partition last changed.

    A day changes with its hours as well: that takes its partition away.
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
    """What becomes of a leftover when everything must be older than `before`.

    Removable are files of our own naming that were written before it, for an hour whose present files were
    published before it and are all there: whoever began on the old files has finished, and nothing that could
    mend a loss is thrown away. Without a partition, as after the loss of a catalog, nothing goes.
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
    # A copy in a folder keeps the time of its file, and a folder may be named long before it is written.
    written_at = max(folder.read_at, *(file.modified_at or folder.read_at for file in files))
    return UnpublishedFolder(location, files, key, written_at)
