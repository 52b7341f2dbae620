"""The pages for people: the start page at /, and the insights of a user at /insights."""

from flask import Flask

from webapp.pages import static


def init_app(app: Flask) -> None:
    """Serve /insights and its files; the start page is part of the documented API (`views`)."""
    app.register_blueprint(static.blueprint)
