"""A cache of facts about users in each process, and the announcements that invalidate it.

A process reads a fact about a user once, such as "this session is active", and remembers it. Before a fact
changes, the writer inserts the user's id into the collection of announcements. While a process serves
requests, it reads the newest announcements every POLL_SECONDS, and forgets all facts about the users in them
(docs/decisions/0050).
"""

import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, TypeVar, cast
from uuid import uuid4

from webapp.core.clock import Clock
from webapp.database.connection import Database

T = TypeVar("T")

COLLECTION = "user_announcements"
POLL_SECONDS = 0.4
# If the last poll was more than FRESH_SECONDS ago, a request reads all facts from the database.
FRESH_SECONDS = 1.0
# A fact is read again after MAX_AGE_SECONDS, because a program may change the fact without an announcement:
# for example, an earlier version of the API during a deployment.
MAX_AGE_SECONDS = 30.0
# A poll also reads the announcements of the last OVERLAP before the previous poll. This overlap is needed if
# a change follows its announcement late, an insert is delayed, or the clocks of two hosts differ.
OVERLAP = timedelta(seconds=10)
# If the last poll was more than MAX_PAUSE ago, or the clock was set back, the process forgets all facts.
MAX_PAUSE = timedelta(seconds=MAX_AGE_SECONDS)
LIFETIME = timedelta(minutes=10)
# A process that remembers MAX_FACTS facts about a user forgets the facts about this user. A process that
# remembers facts about MAX_USERS users forgets all facts.
MAX_FACTS, MAX_USERS = 100, 10_000


class UserFacts:
    """Facts about users, read from the database once and then remembered until a change is announced.

    `timer` returns a time in seconds.
    """

    def __init__(self, database: Database, clock: Clock, timer: Callable[[], float] = time.monotonic) -> None:
        self._announcements = database[COLLECTION]
        self._clock = clock
        self._timer = timer
        self._lock = Lock()
        self._polling = Lock()
        self._polled_at = float("-inf")
        self._polled_until: datetime | None = None
        self._facts: dict[str, dict[Hashable, tuple[Any, float]]] = {}
        # The number of times that facts were forgotten. If this number changes during a read from the
        # database, the result of the read is not remembered.
        self._forgotten = 0

    def get(self, user_id: str, name: Hashable, read: Callable[[], T]) -> T:
        """Return a fact about a user; calls `read` if the fact is not remembered.

        An error that `read` raises is not remembered.
        """
        is_fresh, now = self._follow(), self._timer()
        if is_fresh:
            found = self._facts.get(user_id, {}).get(name)
            if found is not None and now - found[1] < MAX_AGE_SECONDS:
                return cast(T, found[0])
        forgotten = self._forgotten
        value = read()
        with self._lock:
            if is_fresh and forgotten == self._forgotten and self._timer() - now < FRESH_SECONDS:
                self._remember(user_id, name, value, now)
        return value

    def remembers(self, user_id: str) -> bool:
        """Return whether the process remembers facts about a user, and has polled within FRESH_SECONDS.

        If the result is true, the process knows every change that was announced at least FRESH_SECONDS ago.
        """
        return user_id in self._facts and self._timer() - self._polled_at < FRESH_SECONDS

    @contextmanager
    def changing(self, user_id: str) -> Iterator[None]:
        """Announce that a `with` block changes facts about a user; after the block, forget these facts."""
        now = self._clock()
        announcement = {"_id": uuid4().hex, "user_id": user_id, "expires_at": now + LIFETIME}
        self._announcements.insert_one(announcement)
        try:
            yield
        finally:
            self.forget(user_id)

    def forget(self, user_id: str) -> None:
        """Forget the facts about a user in this process."""
        with self._lock:
            self._forgotten += 1
            self._facts.pop(user_id, None)

    def _remember(self, user_id: str, name: Hashable, value: object, now: float) -> None:
        if len(self._facts) >= MAX_USERS:
            self._facts = {}
        facts = self._facts.setdefault(user_id, {})
        if len(facts) >= MAX_FACTS:
            facts.clear()
        facts[name] = value, now

    def _follow(self) -> bool:
        """Read new announcements if POLL_SECONDS have passed; returns whether remembered facts may be used.

        One thread polls while other threads continue with facts that are at most FRESH_SECONDS old. Raises
        PyMongoError when the database is unavailable.
        """
        if self._timer() - self._polled_at < POLL_SECONDS:
            return True
        if self._polling.acquire(blocking=False):
            try:
                if self._timer() - self._polled_at >= POLL_SECONDS:
                    self._poll()
            finally:
                self._polling.release()
        return self._timer() - self._polled_at < FRESH_SECONDS

    def _poll(self) -> None:
        started, now, last = self._timer(), self._clock(), self._polled_until
        with self._lock:
            self._forgotten += 1
            if last is None or not timedelta(0) <= now - last < MAX_PAUSE:
                self._facts = {}
        if last is not None and self._facts:
            query = {"expires_at": {"$gt": last - OVERLAP + LIFETIME}}
            for each in self._announcements.find(query, {"user_id": 1}):
                self.forget(each["user_id"])
        self._polled_at, self._polled_until = started, now
