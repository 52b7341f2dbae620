"""The pages that show the document: Swagger UI at /docs, ReDoc at /redoc, and their files."""

from functools import cache
from pathlib import Path

import flask_swagger_ui
from flask import Blueprint, Response, send_from_directory
from openapi_ui_bundles import redoc

ASSETS = Path(__file__).parent / "assets"
SWAGGER_UI = Path(flask_swagger_ui.__file__).parent / "dist"
REDOC = redoc.static_path
# The only file that ReDoc loads from another host, and its path in the package.
REDOC_LOGO = ("https://cdn.redoc.ly/redoc/logo-mini.svg", "/redoc/logo-mini.svg")

blueprint = Blueprint("docs", __name__)


@blueprint.get("/docs/")
def show_swagger_ui() -> Response:
    """Serve Swagger UI, which can send requests."""
    return _page("swagger_ui.html")


@blueprint.get("/docs/<name>")
def serve_swagger_ui(name: str) -> Response:
    """Serve a file of Swagger UI."""
    return _send(name, SWAGGER_UI)


@blueprint.get("/redoc/")
def show_redoc() -> Response:
    """Serve ReDoc, for reading."""
    return _page("redoc.html")


@blueprint.get("/redoc/redoc.standalone.js")
def serve_redoc_script() -> Response:
    """Serve the script of ReDoc with the local path of its logo."""
    return Response(_redoc_script(), mimetype="text/javascript")


@blueprint.get("/redoc/<name>")
def serve_redoc(name: str) -> Response:
    """Serve a file of ReDoc."""
    return _send(name, REDOC)


def _page(name: str) -> Response:
    return Response((ASSETS / name).read_text(), mimetype="text/html")


def _send(name: str, library: Path) -> Response:
    return send_from_directory(ASSETS if (ASSETS / name).is_file() else library, name)


@cache
def _redoc_script() -> bytes:
    remote, local = REDOC_LOGO
    return (REDOC / "redoc.standalone.js").read_text().replace(remote, local).encode()
