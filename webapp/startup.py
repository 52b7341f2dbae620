"""The steps of a process before its first request: create indexes, repair changes, continue erasures.

With the embedded database, the process also deletes expired documents.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from flask import Flask

from webapp.changes import ChangeLog
from webapp.changes.repair import sweep_recent
from webapp.core.errors import Busy
from webapp.database.connection import purge_expired
from webapp.database.indexes import ensure_indexes
from webapp.database.registry import Services
from webapp.http.circuit_breaker import needs_database
from webapp.users.erasure import Eraser

logger = logging.getLogger(__name__)

LOCK_TIMEOUT_SECONDS = 1.0


class Startup:
    """Runs the steps that prepare the database, once per process: at its start, or before a request.

    The steps run before a request if the database was unavailable at the start. No request is served before
    the unique index on idempotency keys exists, because a retry could be executed twice without this index.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = Lock()
        self._done = False

    def init_app(self, app: Flask) -> None:
        """Run the steps before the first request that needs the database, unless they ran at the start."""
        app.before_request(self._before_request)

    def run_once(self) -> None:
        """Run the steps unless this process has run them; raises PyMongoError if the database is unavailable.

        Raises Busy when another thread takes longer than LOCK_TIMEOUT_SECONDS for the steps. If all threads
        waited for the database, no thread would be free for the liveness check.
        """
        with self._lock_held():
            if self._done:
                return
            here = self._services
            ensure_indexes(here.database, here.settings)
            sweep = sweep_recent(here.database, here.get(ChangeLog))
            if sweep.repaired:
                logger.warning("completed %d unfinished changes", sweep.repaired)
            if finished := here.get(Eraser).finish_recent():
                logger.warning("finished %d erasures", finished)
            if here.settings.embedded:
                purge_expired(here.database, here.settings, here.clock())
            self._done = True

    @contextmanager
    def _lock_held(self) -> Iterator[None]:
        if not self._lock.acquire(timeout=LOCK_TIMEOUT_SECONDS):
            raise Busy("The service is starting; try again shortly.")
        try:
            yield
        finally:
            self._lock.release()

    def _before_request(self) -> None:
        if not self._done and needs_database():
            self.run_once()
