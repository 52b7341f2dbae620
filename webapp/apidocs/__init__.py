"""The front door: the OpenAPI document and the pages that show it."""

from pathlib import Path
from typing import Any

from flask import Flask

from webapp.apidocs import pages

INTRODUCTION = Path(__file__).parent / "introduction.md"


def init_app(app: Flask) -> None:
    """Serve the pages under /docs and /redoc; they work offline and keep the token over reloads."""
    app.register_blueprint(pages.blueprint)


def spec_options() -> dict[str, Any]:
    """What the document says of the API as a whole."""
    return {
        "info": {
            "description": INTRODUCTION.read_text(),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "This host"}],
        "components": {
            "securitySchemes": {
                "bearerAuth": _bearer("The `access_token` that logging in answers with."),
                "refreshAuth": _bearer("The `refresh_token` that logging in answers with; good for one use."),
            }
        },
    }


def document_of(app: Flask) -> dict[str, Any]:
    """The OpenAPI document of an application made by `create_app`."""
    found: dict[str, Any] = app.extensions["flask-smorest"]["apis"][""]["ext_obj"].document
    return found


def _bearer(description: str) -> dict[str, str]:
    return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": description}
