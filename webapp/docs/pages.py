"""The pages that show the document: Swagger UI at /docs, ReDoc at /redoc, and all that they need."""

from functools import cache
from pathlib import Path

import flask_swagger_ui
from flask import Blueprint, Response, send_from_directory
from openapi_ui_bundles import redoc

ASSETS = Path(__file__).parent / "assets"
SWAGGER_UI = Path(flask_swagger_ui.__file__).parent / "dist"
REDOC = redoc.static_path
# The one thing that ReDoc would fetch from another host, and where its package has it.
REDOC_LOGO = ("https://cdn.redoc.ly/redoc/logo-mini.svg", "/redoc/logo-mini.svg")

blueprint = Blueprint("docs", __name__)


@blueprint.get("/docs/")
def show_swagger_ui() -> Response:
    """Serve the page on which requests can be tried."""
    return _page("swagger_ui.html")


@blueprint.get("/docs/<name>")
def serve_swagger_ui(name: str) -> Response:
    """Serve what Swagger UI is made of."""
    return _send(name, SWAGGER_UI)


@blueprint.get("/redoc/")
def show_redoc() -> Response:
    """Serve the page that reads well."""
    return _page("redoc.html")


@blueprint.get("/redoc/redoc.standalone.js")
def serve_redoc_script() -> Response:
    """Serve ReDoc's script, which then finds its logo here."""
    return Response(_redoc_script(), mimetype="text/javascript")


@blueprint.get("/redoc/<name>")
def serve_redoc(name: str) -> Response:
    """Serve what ReDoc is made of."""
    return _send(name, REDOC)


def _page(name: str) -> Response:
    return Response((ASSETS / name).read_text(), mimetype="text/html")


def _send(name: str, library: Path) -> Response:
    return send_from_directory(ASSETS if (ASSETS / name).is_file() else library, name)


@cache
def _redoc_script() -> bytes:
    there, here = REDOC_LOGO
    return (REDOC / "redoc.standalone.js").read_text().replace(there, here).encode()
