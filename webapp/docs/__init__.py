"""The pages that show the OpenAPI document: Swagger UI and ReDoc."""

from flask import Flask

from webapp.docs import pages


def init_app(app: Flask) -> None:
    """Serve /docs and /redoc; both pages work offline, and /docs keeps the user's token after a reload."""
    app.register_blueprint(pages.blueprint)
