"""The login of the database: user and password, which a client reads from a secret after each rotation."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pymongo import MongoClient, monitoring

from webapp.credentials.rotation import Rotating

# If the login is older than this number of seconds when a connection is opened, the login is read again from
# the secret. The limit keeps the number of calls to AWS small: a login is valid until the next rotation.
FRESH_SECONDS = 10.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Login:
    """A user of the database."""

    username: str
    password: str = field(repr=False)


# A placeholder until the secret has been read: the database refuses every connection with this login.
UNREAD = Login("unread", "unread")


class RotatingLogin(monitoring.ConnectionPoolListener):
    """The login with which a client opens new connections; a rotation does not affect open connections.

    `read` returns the login or raises SecretUnreadable; `timer` returns a time in seconds.
    """

    def __init__(self, read: Callable[[], Login], timer: Callable[[], float] = time.monotonic) -> None:
        self._rotating = Rotating("user and password of the database", UNREAD, read, timer)
        self._client: MongoClient[Any] | None = None
        self._rotating.refresh(FRESH_SECONDS)

    @property
    def login(self) -> Login:
        """The login that was read last."""
        return self._rotating.value

    def follow(self, client: MongoClient[Any]) -> None:
        """Keep the login of this client up to date; the client must have this object as a listener."""
        self._client = client

    def connection_created(self, event: monitoring.ConnectionCreatedEvent) -> None:
        """Renew the login before the new connection logs in."""
        if self._rotating.refresh(FRESH_SECONDS) and self._client is not None:
            _replace_login(self._client, self.login)
            logger.info("new connections use the database user %s", self.login.username)

    def _ignore(self, event: Any) -> None:
        """Do nothing: other events of connections have no effect on the login."""

    pool_created = pool_ready = pool_cleared = pool_closed = _ignore
    connection_ready = connection_closed = _ignore
    connection_check_out_started = connection_check_out_failed = _ignore
    connection_checked_out = connection_checked_in = _ignore


def _replace_login(client: MongoClient[Any], login: Login) -> None:
    """Replace user and password in the options that a client reads for each new connection.

    pymongo has no public function to replace a login. A new client would need new stores, and the old client
    could only be closed after the last request that uses the old client.
    """
    options: Any = client.options.pool_options
    former = options._credentials
    options._PoolOptions__credentials = former._replace(
        username=login.username, password=login.password, cache=type(former.cache)()
    )
