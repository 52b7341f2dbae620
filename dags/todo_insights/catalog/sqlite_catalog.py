"""The embedded catalog: one SQLite file in WAL mode, to which several processes may publish at once."""

import json
import secrets
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ..core.errors import CatalogError
from ..core.hours import from_text, to_text
from ..lake.files import WrittenFile
from ..lake.zones import sync_folder
from .base import (
    LAST_DAY,
    Outcome,
    Partition,
    Publication,
    Record,
    is_unneeded,
    no_record,
    outcome_of,
    refreshed,
)
from .days import NO_CUTOFF

_BUSY_SECONDS = 60
# For a daily partition, the column hour is an empty text: in a primary key, SQLite treats two NULLs as
# different.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS partitions (
    "table" TEXT, dt TEXT, hour TEXT, location TEXT NOT NULL, files TEXT NOT NULL, row_count INTEGER NOT NULL,
    source_count INTEGER NOT NULL, rejects INTEGER NOT NULL, min_at TEXT, max_at TEXT, checksum TEXT NOT NULL,
    schema_version INTEGER NOT NULL, code_version TEXT NOT NULL, as_of TEXT NOT NULL, run_id TEXT NOT NULL,
    provisional INTEGER NOT NULL, published_at TEXT NOT NULL, PRIMARY KEY ("table", dt, hour)
);
"""
# The table day_views has at most one row; the catalog of an earlier release does not have this table.
_VIEWS = "CREATE TABLE IF NOT EXISTS day_views (id INTEGER PRIMARY KEY CHECK (id = 1), cutoff TEXT NOT NULL)"
_HAS_VIEWS = "SELECT 1 FROM sqlite_master WHERE name = 'day_views'"
# The SQLite errors for a file that is not an SQLite database, is damaged, or lacks the table partitions.
_UNREADABLE = {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR}
_COLUMNS = tuple(field.name for field in fields(Partition))
_NAMES = ", ".join(f'"{name}"' for name in _COLUMNS)
# All SQL text below is constant; values are passed as parameters.
_SELECT = f"SELECT {_NAMES} FROM partitions"  # noqa: S608  # built from the dataclass's own field names
_FIND = f'{_SELECT} WHERE "table" = :table AND dt = :dt AND hour = :hour'
_POINT = f"INSERT OR REPLACE INTO partitions ({_NAMES}) VALUES ({', '.join(':' + name for name in _COLUMNS)})"  # noqa: S608  # as above
_WITHDRAW = "DELETE FROM partitions WHERE \"table\" = ? AND dt = ? AND hour = ''"


class SqliteCatalog:
    """The catalog in the SQLite file at `path`; the first publication creates the file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def publish(
        self,
        partitions: Sequence[Partition],
        now: datetime,
        confirm: Callable[[Partition], None],
        record: Record = no_record,
    ) -> list[Publication]:
        """Set the locations of all partitions in one transaction; if a callback raises, nothing changes."""
        _create(self._path)
        with self._connect() as connection, _transaction(connection):
            publications = [_publish(connection, each, now, confirm) for each in partitions]
            record(publications)
            return publications

    def withdraw(self, table: str, dt: str) -> None:
        """Remove the partition of a day from the catalog."""
        if self._path.exists():
            with self._connect() as connection, _transaction(connection):
                connection.execute(_WITHDRAW, (table, dt))

    def snapshot(
        self, tables: Sequence[str] | None = None, since: str = "", until: str = LAST_DAY
    ) -> list[Partition]:
        """The published partitions in order of table and hour."""
        if not self._path.exists():
            return []
        wanted = "" if tables is None else f' AND "table" IN ({", ".join("?" * len(tables))})'
        with self._connect() as connection:
            rows = connection.execute(
                f"{_SELECT} WHERE dt BETWEEN ? AND ?{wanted} ORDER BY 1, 2, 3",
                (since, until, *(tables or ())),
            )
            return [_from_row(row) for row in rows]

    def is_missing(self) -> bool:
        """Return whether the file of the catalog does not exist."""
        return not self._path.exists()

    def cutoff(self) -> str:
        """The cutoff of the day views."""
        if not self._path.exists():
            return NO_CUTOFF
        with self._connect() as connection:
            if connection.execute(_HAS_VIEWS).fetchone() is None:
                return NO_CUTOFF
            row = connection.execute("SELECT cutoff FROM day_views").fetchone()
            return NO_CUTOFF if row is None else str(row["cutoff"])

    def move_cutoff(self, dt: str) -> None:
        """Replace the cutoff of the day views."""
        _create(self._path)
        with self._connect() as connection, _transaction(connection):
            connection.execute(_VIEWS)
            connection.execute("INSERT OR REPLACE INTO day_views (id, cutoff) VALUES (1, ?)", (dt,))

    @contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        # With mode=rw, opening a catalog that was deleted fails instead of creating an empty one.
        uri = f"{self._path.absolute().as_uri()}?mode=rw"
        try:
            with closing(
                sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)
            ) as connection:
                connection.row_factory = sqlite3.Row
                connection.execute("PRAGMA synchronous = FULL")
                yield connection
        except sqlite3.Error as error:
            raise CatalogError(
                f"the catalog {self._path} cannot be used: {error}; {_remedy(error)}"
            ) from error


def _remedy(error: sqlite3.Error) -> str:
    # An error that Python's sqlite3 module itself raises has no code. In a code of SQLite, the lowest byte is
    # the kind of error; the other bytes are details.
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in _UNREADABLE:
        return (
            "restore a copy of that file, or move it away and recover the catalog with the command recover "
            "(make recover); recover does not move the files of the lake"
        )
    return "check that the file is writable and that its disk is not full, and try again"


def _create(path: Path) -> None:
    """Create the catalog's file under a temporary name, then link it to its final name.

    SQLite does not wait for locks when it changes a file to WAL mode, so no other process may open the file
    before this change.
    """
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    with closing(sqlite3.connect(draft, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(_SCHEMA)
    # Linking never replaces a file: if another process has already created the catalog, that file is kept.
    with suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()
    sync_folder(path.parent)


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _publish(
    connection: sqlite3.Connection,
    partition: Partition,
    now: datetime,
    confirm: Callable[[Partition], None],
) -> Publication:
    row = connection.execute(_FIND, _to_row(partition)).fetchone()
    current = None if row is None else _from_row(row)
    outcome = outcome_of(current, partition, confirm)
    if outcome is Outcome.PUBLISHED:
        confirm(partition)
        connection.execute(_POINT, _to_row(replace(partition, published_at=now)))
    elif outcome is Outcome.UNCHANGED and current is not None:
        connection.execute(_POINT, _to_row(refreshed(current, partition)))
    return Publication(partition, outcome, is_unneeded(current, partition, outcome), current)


def _to_row(partition: Partition) -> dict[str, Any]:
    row = asdict(partition) | {
        "hour": partition.hour or "",
        "files": json.dumps([vars(file) for file in partition.files]),
    }
    return {name: to_text(value) if isinstance(value, datetime) else value for name, value in row.items()}


def _from_row(row: sqlite3.Row) -> Partition:
    values: dict[str, Any] = {name: row[name] for name in _COLUMNS}
    for name in ("min_at", "max_at", "as_of", "published_at"):
        values[name] = values[name] and from_text(values[name])
    values["hour"] = values["hour"] or None
    values["files"] = tuple(WrittenFile(**file) for file in json.loads(values["files"]))
    values["provisional"] = bool(values["provisional"])
    return Partition(**values)
