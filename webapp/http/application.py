"""The class of the application: Flask with faster JSON, and with synchronous views only."""

from collections.abc import Callable
from typing import Any

import flask
import orjson
from flask.json.provider import DefaultJSONProvider


class OrjsonProvider(DefaultJSONProvider):
    """Writes compact JSON in UTF-8."""

    sort_keys = False
    compact = True
    ensure_ascii = False

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Return an object as JSON."""
        try:
            return orjson.dumps(obj).decode()
        except TypeError:
            # Such as an integer of more than 64 bits.
            return super().dumps(obj, **kwargs)


class Application(flask.Flask):
    """Flask, without a search for coroutines among the functions that a request calls."""

    json_provider_class = OrjsonProvider

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function; no view or hook of this application is a coroutine."""
        return func
