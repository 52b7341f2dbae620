"""The class of the application: Flask with faster JSON, and with synchronous views only."""

from collections.abc import Callable, Iterable
from typing import Any

import flask
import orjson
from click import Command, Context
from flask.cli import AppGroup
from flask.json.provider import DefaultJSONProvider


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
            # Flask adds the commands of a blueprint in the same way when it registers the blueprint.
            if blueprint.cli_group is None:
                self.commands.update(blueprint.cli.commands)
            else:
                self.add_command(blueprint.cli, blueprint.cli_group)


class Application(flask.Flask):
    """Flask that does not check for each view and hook whether it is a coroutine function."""

    json_provider_class = OrjsonProvider

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function unchanged: this application has no coroutine functions."""
        return func
