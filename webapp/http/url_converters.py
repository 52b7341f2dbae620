"""A URL converter: the id of an item is any path segment except the name of an action."""

from flask import Flask
from werkzeug.routing import BaseConverter

ACTIONS = ("batch",)


class ItemIdConverter(BaseConverter):
    """Matches any path segment except names of actions, for which a request with a wrong method gets 405."""

    regex = rf"(?!(?:{'|'.join(ACTIONS)})$)[^/]+"


def init_app(app: Flask) -> None:
    """Use the converter for every variable of a route, and do not merge slashes in paths."""
    app.url_map.converters["default"] = ItemIdConverter
    # If slashes were merged, werkzeug would redirect //tasks to /tasks on the host in the Host header, which
    # a client can forge.
    app.url_map.merge_slashes = False
