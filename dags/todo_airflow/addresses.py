"""The MongoDB URI of an Airflow connection; this module does not import Airflow."""

from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import parse_qsl, quote, quote_plus, urlencode, urlsplit

_PORT = 27017


class Connection(Protocol):
    """The attributes of an Airflow connection from which its MongoDB URI is built."""

    @property
    def host(self) -> str | None:
        """One host name, or several host names separated by commas; each may include its own port."""

    @property
    def port(self) -> int | None:
        """The port for host names without a port of their own; None stands for the default, 27017."""

    @property
    def login(self) -> str | None:
        """The user name for the login, not URL-encoded."""

    @property
    def password(self) -> str | None:
        """The password, not URL-encoded."""

    @property
    def extra_dejson(self) -> Mapping[str, Any]:
        """The options of the MongoDB URI, such as tls and tlsCAFile."""


def mongodb_uri(connection: Connection, present: str | None) -> str:
    """Return the MongoDB URI of a connection; the extras of the connection are the options of the URI.

    `present` is the URI that is configured now. Its options are kept unless the connection sets them, because
    the secret of a DocumentDB cluster does not contain the path of the certificates.
    """
    options = dict(parse_qsl(urlsplit(present).query)) if present else {}
    options |= {name: _text(value) for name, value in connection.extra_dejson.items()}
    return f"mongodb://{_login(connection)}{_hosts(connection)}/" + (
        f"?{urlencode(options, quote_via=quote)}" if options else ""
    )


def _login(connection: Connection) -> str:
    if not connection.login:
        return ""
    return f"{quote_plus(connection.login)}:{quote_plus(connection.password or '')}@"


def _hosts(connection: Connection) -> str:
    port = connection.port or _PORT
    hosts = (connection.host or "localhost").split(",")
    return ",".join(host if ":" in host else f"{host}:{port}" for host in hosts)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
