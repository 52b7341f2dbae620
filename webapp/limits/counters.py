"""Counters of rate limits: for all processes of a machine, for all machines, or in a store such as Redis."""

import hashlib
import hmac
import logging
import os
import stat
import struct
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple, Protocol, cast

import lmdb

from webapp.core.clock import Clock
from webapp.core.settings import Settings
from webapp.database.connection import Database, Document
from webapp.database.documents import ContendedDocuments

logger = logging.getLogger(__name__)

# Counts are stored in this folder if it exists. The folder is in memory, so the counts are lost when the
# machine restarts, which does no harm.
MEMORY = Path("/dev/shm")  # noqa: S108  # the code checks that the folder in it belongs to this user
# The maximum size of the file of counts: 32 MiB are enough for about 300,000 callers. The file grows as
# needed.
MAP_BYTES = 32 * 2**20
# The number of other callers that are checked for each new caller. A caller whose window is over is deleted.
SWEEP = 2
# A request waits up to STORAGE_TIMEOUT seconds for the store. After a failure, the store is not used for
# RETRY_SECONDS.
STORAGE_TIMEOUT, RETRY_SECONDS = 0.5, 5.0

ENTRY = struct.Struct("<dI")

_opening = Lock()


class Window(NamedTuple):
    """The number of requests that a caller sent in the current window, and the seconds until it ends."""

    used: int
    seconds_left: float


class Counter(Protocol):
    """Counts requests in fixed windows."""

    def hit(self, key: str, seconds: int, amount: int) -> Window:
        """Count a request of the caller `key` in a window of `seconds`.

        `amount` is the number of allowed requests; a counter may stop counting at `amount` + 1.
        """


class MachineCounter:
    """Counts requests to all processes of this machine, in a memory-mapped file (LMDB, docs/decisions/0035).

    A killed process blocks no other process: the kernel releases the lock of the killed process, and LMDB
    discards the uncommitted count.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._swept = b""

    def hit(self, key: str, seconds: int, amount: int) -> Window:
        """Count a request; raises OSError or lmdb.Error when the file cannot be used."""
        environment = _opened(self._folder)
        try:
            return self._count(environment, key.encode(), seconds)
        except lmdb.MapFullError:
            logger.warning("rate limits: too many callers at once, all counts start again at zero")
            with environment.begin(write=True) as transaction:
                transaction.drop(environment.open_db(), delete=False)
            return self._count(environment, key.encode(), seconds)

    def _count(self, environment: lmdb.Environment, name: bytes, seconds: int) -> Window:
        now = self._clock().timestamp()
        with environment.begin(write=True) as transaction:
            stored = transaction.get(name)
            ends, count = ENTRY.unpack(stored) if stored else (0.0, 0)
            if not now < ends <= now + seconds:
                ends, count = now + seconds, 0
            transaction.put(name, ENTRY.pack(ends, count + 1))
            if stored is None:
                self._sweep(transaction, now)
        return Window(count + 1, ends - now)

    def _sweep(self, transaction: lmdb.Transaction, now: float) -> None:
        """Check the next SWEEP callers of the file in turn, and delete the callers whose window is over."""
        with transaction.cursor() as cursor:
            found = cursor.set_range(self._swept) or cursor.first()
            for _ in range(SWEEP):
                if found and ENTRY.unpack(cursor.value())[0] <= now:
                    found = cursor.delete() and bool(cursor.key())
                elif found:
                    found = cursor.next()
            self._swept = bytes(cursor.key())


def _opened(folder: Path) -> lmdb.Environment:
    # The lock is needed because `lru_cache` alone would let two threads open the file at once.
    with _opening:
        return _environment(folder, os.getpid())


@lru_cache
def _environment(folder: Path, process: int) -> lmdb.Environment:
    """Open the file of counts; the result is cached, because LMDB lets a process open a file only once."""
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise PermissionError(f"{folder} belongs to another user of this machine; delete the folder")
    return lmdb.open(
        str(folder), map_size=MAP_BYTES, sync=False, metasync=False, writemap=True, map_async=True
    )


class DatabaseCounter:
    """Stores the counts of all machines in the database; each count takes one or two round trips."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._counts = ContendedDocuments(database.rate_limits)
        self._clock = clock

    def hit(self, key: str, seconds: int, amount: int) -> Window:
        """Count a request; raises Busy when too many requests of this caller arrive at once."""
        now = self._clock()
        used = 0

        def add(found: Document | None) -> Document:
            nonlocal used
            if found is None or found["expires_at"] <= now:
                used = 1
                return {"count": 1, "expires_at": now + timedelta(seconds=seconds)}
            used = found["count"] + 1
            # A refused request needs one read and no write.
            return found if used > amount else {**found, "count": used}

        # The result of `update` is a document, because the function `add` always returns a document.
        stored = cast(Document, self._counts.update(_digest(key), add))
        return Window(used, (stored["expires_at"] - now).total_seconds())

    def give_back(self, key: str) -> None:
        """Subtract a request that was within the limit from the count of `key`; raises Busy like `hit`."""
        now = self._clock()

        def subtract(found: Document | None) -> Document | None:
            if found is None or found["expires_at"] <= now or found["count"] == 0:
                return found
            return {**found, "count": found["count"] - 1}

        self._counts.update(_digest(key), subtract)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


class StorageCounter:
    """Counts requests in a store that the library `limits` supports, such as Redis."""

    def __init__(self, uri: str) -> None:
        # The library is imported here, because the import takes time and memory, and only processes with an
        # external store need the library.
        from limits.storage import Storage, storage_from_string

        options: dict[str, Any] = {"wrap_exceptions": True}
        if uri.startswith("redis"):
            options |= {"socket_connect_timeout": STORAGE_TIMEOUT, "socket_timeout": STORAGE_TIMEOUT}
        self._storage = cast(Storage, storage_from_string(uri, **options))

    def hit(self, key: str, seconds: int, amount: int) -> Window:
        """Count a request; raises OSError when the store is unavailable."""
        from limits.errors import StorageError

        try:
            count = self._storage.incr(key, seconds)
            return Window(count, self._storage.get_expiry(key) - time.time())
        except StorageError as error:
            raise ConnectionError(str(error.storage_error)) from error


class FallbackCounter:
    """Uses a fallback counter while the first counter fails, so that no request fails."""

    def __init__(self, first: Counter, second: Callable[[], Counter]) -> None:
        self._first = first
        self._second = cache(second)
        self._failed_until = 0.0

    def hit(self, key: str, seconds: int, amount: int) -> Window:
        """Count a request."""
        if time.monotonic() >= self._failed_until:
            try:
                return self._first.hit(key, seconds, amount)
            except (OSError, lmdb.Error) as error:
                self._failed_until = time.monotonic() + RETRY_SECONDS
                logger.warning("rate limits: falling back to in-memory storage: %s", error)
        return self._second().hit(key, seconds, amount)


def shared_counter(settings: Settings, clock: Clock) -> Counter:
    """Return the counter for these settings; it opens its file or store at the first request."""
    machine = FallbackCounter(MachineCounter(_folder(settings), clock), lambda: StorageCounter("memory://"))
    uri = settings.rate_limit_storage_uri
    return machine if uri == "memory://" else FallbackCounter(StorageCounter(uri), lambda: machine)


def _folder(settings: Settings) -> Path:
    """Return the folder of the counts that all processes with these settings share."""
    parent = MEMORY if MEMORY.is_dir() else Path(tempfile.gettempdir())
    named = f"{settings.environment} {settings.mongodb_uri} {settings.mongodb_database}"
    digest = hmac.digest(settings.jwt_secret.encode(), named.encode(), "sha256").hex()
    return parent / f"todo-api-limits-{digest[:32]}"
