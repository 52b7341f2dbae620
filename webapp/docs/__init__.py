"""The pages that show the OpenAPI document: Swagger UI and ReDoc."""

from flask import Flask

from webapp.docs import pages


def init_app(app: Flask) -> None:
    """Serve the pages at /docs and /redoc; they work offline and keep the user's token after a reload."""
    app.register_blueprint(pages.blueprint)
