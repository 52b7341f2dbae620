"""The embedded catalog: one SQLite file in WAL mode, which many processes may publish to at once."""

import json
import secrets
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from .catalog import Outcome, Partition, Publication
from .errors import CatalogError
from .storage import WrittenFile, sync_folder
from .timestamps import from_text, to_text

_BUSY_SECONDS = 60
_SCHEMA = """
CREATE TABLE IF NOT EXISTS partitions (
    "table" TEXT, dt TEXT, hour TEXT, location TEXT NOT NULL, files TEXT NOT NULL, row_count INTEGER NOT NULL,
    source_count INTEGER NOT NULL, rejects INTEGER NOT NULL, min_at TEXT, max_at TEXT, checksum TEXT NOT NULL,
    schema_version INTEGER NOT NULL, code_version TEXT NOT NULL, as_of TEXT NOT NULL, run_id TEXT NOT NULL,
    provisional INTEGER NOT NULL, published_at TEXT NOT NULL, PRIMARY KEY ("table", dt, hour)
);
CREATE TABLE IF NOT EXISTS superseded (
    "table" TEXT, dt TEXT, hour TEXT, location TEXT, superseded_at TEXT NOT NULL,
    PRIMARY KEY ("table", location)
);
"""
_COLUMNS = tuple(field.name for field in fields(Partition))
_NAMES = ", ".join(f'"{name}"' for name in _COLUMNS)
_KEY = '"table" = :table AND dt = :dt AND hour = :hour'
# Every piece of SQL below is a constant of this module; values travel as parameters.
_SELECT = f"SELECT {_NAMES} FROM partitions"  # noqa: S608  # built from the dataclass's own field names
_POINT = (
    f"INSERT OR REPLACE INTO partitions ({_NAMES}, published_at) "  # noqa: S608  # as above
    f"VALUES ({', '.join(':' + name for name in _COLUMNS)}, :now)"
)
# The files stay; what was learned about the hour moves forward.
_REFRESH = (
    "UPDATE partitions SET as_of = :as_of, provisional = :provisional, source_count = :source_count, "  # noqa: S608  # as above
    f"rejects = :rejects WHERE {_KEY}"
)
_RETIRE = "INSERT OR REPLACE INTO superseded VALUES (:table, :dt, :hour, :location, :now)"
_KNOWN = (
    'SELECT EXISTS (SELECT 1 FROM partitions WHERE "table" = :table AND location = :location) '
    'OR EXISTS (SELECT 1 FROM superseded WHERE "table" = :table AND location = :location)'
)


class SqliteCatalog:
    """A catalog in the SQLite file at `path`; the file is made by the first publication."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def publish(
        self, partitions: Sequence[Partition], now: datetime, confirm: Callable[[Partition], None]
    ) -> list[Publication]:
        """Point every partition in one transaction; an error of `confirm` leaves all as they were."""
        _create(self._path)
        with self._connect() as connection, _transaction(connection):
            return [_publish(connection, each, now, confirm) for each in partitions]

    def snapshot(self, tables: Sequence[str] | None = None) -> list[Partition]:
        """The published partitions in order of table and hour."""
        if not self._path.exists():
            return []
        wanted = "" if tables is None else f' WHERE "table" IN ({", ".join("?" * len(tables))})'
        with self._connect() as connection:
            rows = connection.execute(f"{_SELECT}{wanted} ORDER BY 1, 2, 3", tuple(tables or ()))
            return [_from_row(row) for row in rows]

    @contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        # mode=rw: a catalog that vanished must not come back as an empty one.
        uri = f"{self._path.absolute().as_uri()}?mode=rw"
        try:
            with closing(
                sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)
            ) as connection:
                connection.row_factory = sqlite3.Row
                connection.execute("PRAGMA synchronous = FULL")
                yield connection
        except sqlite3.Error as error:
            raise CatalogError(f"the catalog {self._path} cannot be used: {error}") from error


def _create(path: Path) -> None:
    """Make the file whole under another name: SQLite waits for no lock when it changes to WAL mode."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    with closing(sqlite3.connect(draft, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(_SCHEMA)
    # A link never replaces: when another process was first, its catalog stands.
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
    row = _to_row(partition) | {"now": to_text(now)}
    found = connection.execute(f"{_SELECT} WHERE {_KEY}", row).fetchone()
    outcome = _outcome(None if found is None else _from_row(found), partition)
    if outcome is Outcome.PUBLISHED:
        confirm(partition)
        if found is not None:
            connection.execute(_RETIRE, row | {"location": found["location"]})
        connection.execute(_POINT, row)
    elif outcome is Outcome.UNCHANGED:
        connection.execute(_REFRESH, row)
    # A repeated publication may find its own files in use, now or by a reader that started earlier.
    known = connection.execute(_KNOWN, row).fetchone()[0]
    return Publication(partition, outcome, unneeded=not known)


def _outcome(current: Partition | None, new: Partition) -> Outcome:
    if current is None:
        return Outcome.PUBLISHED
    if new.as_of < current.as_of:
        return Outcome.SUPERSEDED
    return Outcome.UNCHANGED if new.checksum == current.checksum else Outcome.PUBLISHED


def _to_row(partition: Partition) -> dict[str, Any]:
    row = asdict(partition) | {"files": json.dumps([vars(file) for file in partition.files])}
    return {name: to_text(value) if isinstance(value, datetime) else value for name, value in row.items()}


def _from_row(row: sqlite3.Row) -> Partition:
    values: dict[str, Any] = {name: row[name] for name in _COLUMNS}
    for name in ("min_at", "max_at", "as_of"):
        values[name] = values[name] and from_text(values[name])
    values["files"] = tuple(WrittenFile(**file) for file in json.loads(values["files"]))
    values["provisional"] = bool(values["provisional"])
    return Partition(**values)
