"""Parts of paths: an id is whatever stands in its place, but no word that names an action."""

from flask import Flask
from werkzeug.routing import BaseConverter

ACTIONS = ("batch",)


class ItemIdConverter(BaseConverter):
    """The id of an item, well formed or not; an action beside the items answers other methods with 405."""

    regex = rf"(?!(?:{'|'.join(ACTIONS)})$)[^/]+"


def init_app(app: Flask) -> None:
    """Have every part of a path that a route leaves open be an id."""
    app.url_map.converters["default"] = ItemIdConverter
    # //tasks is no spelling of /tasks; werkzeug would redirect to it, as whatever Host the client sent.
    app.url_map.merge_slashes = False
