"""URL converters: the id of an item is any path segment except the name of an action."""

from flask import Flask
from werkzeug.routing import BaseConverter

ACTIONS = ("batch",)


class ItemIdConverter(BaseConverter):
    """Matches the id of an item, valid or not. Actions are excluded, so that a wrong method gives 405."""

    regex = rf"(?!(?:{'|'.join(ACTIONS)})$)[^/]+"


def init_app(app: Flask) -> None:
    """Use this converter for every variable of a route."""
    app.url_map.converters["default"] = ItemIdConverter
    # Otherwise werkzeug redirects //tasks to /tasks on the host in the Host header, which a client can forge.
    app.url_map.merge_slashes = False
