"""The class of the application: Flask with faster JSON, and with synchronous views only."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import flask
import orjson
from click import Command, Context
from flask.cli import AppGroup
from flask.json.provider import DefaultJSONProvider
from werkzeug.routing import MapAdapter
from werkzeug.wsgi import get_host

# The variables of WSGI that determine the host of a request, and the number of hosts that are remembered.
HOST_VARIABLES = ("HTTP_HOST", "SERVER_NAME", "SERVER_PORT")
HOSTS = 64
PATH_VARIABLES = ("SCRIPT_NAME", "PATH_INFO", "QUERY_STRING")


class OrjsonProvider(DefaultJSONProvider):
    """Writes compact JSON in UTF-8."""

    sort_keys = False
    compact = True
    ensure_ascii = False

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Return an object as compact JSON text."""
        try:
            return orjson.dumps(obj).decode()
        except TypeError:
            # Python's encoder writes the objects that orjson cannot write, such as an integer of more than 64
            # bits.
            return super().dumps(obj, **kwargs)


class LazyCommands(AppGroup):
    """The commands of `flask`; they are imported when a command is first looked up, and never in a server."""

    def __init__(self, load: Callable[[], Iterable[flask.Blueprint]]) -> None:
        super().__init__()
        self._load: Callable[[], Iterable[flask.Blueprint]] | None = load

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """Return the command with this name, or None."""
        self._load_once()
        return super().get_command(ctx, cmd_name)

    def list_commands(self, ctx: Context) -> list[str]:
        """Return the names of all commands."""
        self._load_once()
        return super().list_commands(ctx)

    def _load_once(self) -> None:
        load, self._load = self._load, None
        for blueprint in load() if load else ():
            # The commands are added as Flask adds the commands of a blueprint that it registers.
            if blueprint.cli_group is None:
                self.commands.update(blueprint.cli.commands)
            else:
                self.add_command(blueprint.cli, blueprint.cli_group)


class Application(flask.Flask):
    """Flask that does not check for each view and hook whether it is a coroutine function."""

    json_provider_class = OrjsonProvider

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._valid_host = lru_cache(HOSTS)(self._check_host)

    def create_url_adapter(self, request: flask.Request | None) -> MapAdapter | None:
        """Return the same adapter as Flask, but check each Host header only once; raises SecurityError."""
        if request is None or "HTTP_UPGRADE" in request.environ:
            return super().create_url_adapter(request)
        environ = request.environ
        scheme = environ["wsgi.url_scheme"]
        host = self._valid_host(scheme, *(environ.get(name) for name in HOST_VARIABLES))
        root, path, query = (_decoded(environ.get(name, "")) for name in PATH_VARIABLES)
        return MapAdapter(self.url_map, host, root or "/", "", scheme, path, environ["REQUEST_METHOD"], query)

    def _check_host(self, scheme: str, *values: str | None) -> str:
        given = {name: value for name, value in zip(HOST_VARIABLES, values, strict=True) if value is not None}
        return self.url_map.bind(get_host({"wsgi.url_scheme": scheme, **given})).server_name

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function unchanged: this application has no coroutine functions."""
        return func


def _decoded(text: str) -> str:
    """Decode a variable of WSGI as UTF-8; WSGI stores each byte as a Latin-1 character (PEP 3333)."""
    return text if text.isascii() else text.encode("latin-1").decode(errors="replace")
