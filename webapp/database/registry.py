"""A registry of the services of one application; each service is found by its class."""

from typing import TypeVar

from webapp.core.clock import Clock
from webapp.core.settings import Settings
from webapp.credentials.signing_keys import Keys
from webapp.database.connection import Database

T = TypeVar("T")


class Services:
    """The services (stores) of one application, and the settings, keys, database and clock that they use."""

    def __init__(self, settings: Settings, signing_keys: Keys, database: Database, clock: Clock) -> None:
        self.settings = settings
        self.signing_keys = signing_keys
        self.database = database
        self.clock = clock
        self._by_type: dict[type, object] = {}

    def add(self, *services: object) -> None:
        """Register each service under its own class."""
        self._by_type |= {type(service): service for service in services}

    def get(self, kind: type[T]) -> T:
        """Return the service of this class; raises LookupError when the application has none."""
        try:
            # `add` registers each service under its own class.
            return self._by_type[kind]  # type: ignore[return-value]
        except KeyError:
            raise LookupError(f"no {kind.__name__} is registered; add it in webapp/services.py") from None
