"""A circuit breaker: while the database is unavailable, one request probes it and all others fail at once."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import pymongo
from flask import Flask, Response
from pymongo.errors import ConnectionFailure, PyMongoError

from webapp.core.errors import Busy
from webapp.database.connection import Database, reason_of
from webapp.http.context import current_request
from webapp.http.problems import answer

logger = logging.getLogger(__name__)

READINESS = "Health.show_readiness"

# A request waits for LOCK_TIMEOUT_SECONDS while another request probes the database, and then is rejected. A
# healthy database responds to the probe faster. So after a single lost connection, waiting requests are not
# rejected.
LOCK_TIMEOUT_SECONDS = 0.05
PROBE_SECONDS = 1.0


class CircuitBreaker:
    """Rejects requests after the database failed, until a ping succeeds.

    Without the circuit breaker, every thread would wait for the database, and no thread would be free for the
    liveness check.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._probe_lock = Lock()
        self._database_failed_before = False

    def init_app(self, app: Flask) -> None:
        """Check the database before every request that uses the database; respond with 503 if this fails."""
        app.register_error_handler(PyMongoError, self._database_failed)
        app.before_request(self._before_request)

    def check(self) -> None:
        """Return normally if the last use of the database succeeded, or if the database responds again.

        Raises Busy while another thread probes the database, and PyMongoError when the database is still
        unavailable.
        """
        if not self._database_failed_before:
            return
        with self._lock_held():
            if self._database_failed_before:
                with pymongo.timeout(PROBE_SECONDS):
                    self._database.command("ping")
                self._database_failed_before = False
                logger.warning("the database is available again")

    @contextmanager
    def _lock_held(self) -> Iterator[None]:
        if not self._probe_lock.acquire(timeout=LOCK_TIMEOUT_SECONDS):
            raise _busy()
        try:
            yield
        finally:
            self._probe_lock.release()

    def _before_request(self) -> None:
        if needs_database():
            self.check()

    def _database_failed(self, error: PyMongoError) -> Response:
        if isinstance(error, ConnectionFailure) or error.timeout:
            self._database_failed_before = True
        fields = {"status": "error", "operation": "database", "metadata": {"reason": reason_of(error)}}
        logger.error("database error", exc_info=error, extra=fields)
        return answer(_busy())


def needs_database() -> bool:
    """Return whether the current request uses the database; CORS preflight requests (OPTIONS) do not."""
    sent = current_request()
    used = sent.endpoint == READINESS or sent.path.startswith("/api/")
    return used and sent.endpoint is not None and sent.method != "OPTIONS"


def _busy() -> Busy:
    return Busy("The database is unavailable; try again shortly.")
