"""Parts of paths: an id is whatever stands in its place, but no word that names an action."""

from flask import Flask
from werkzeug.routing import BaseConverter

ACTIONS = ("batch",)


class ItemId(BaseConverter):
    """The id of an item, well formed or not; an action keeps its own methods and answers 405 to others."""

    regex = rf"(?!(?:{'|'.join(ACTIONS)})$)[^/]+"


def init_app(app: Flask) -> None:
    """Make it known, before the first route that uses it."""
    app.url_map.converters["item_id"] = ItemId
