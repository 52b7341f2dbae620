"""The pages that show the OpenAPI document: Swagger UI at /docs, ReDoc at /redoc, and their files."""

from pathlib import Path

import flask_swagger_ui
from flask import Blueprint
from openapi_ui_bundles import redoc

from webapp.http.documents import KEEP_FOR_A_DAY, MEDIA_TYPES, REVALIDATE, StaticDocument, static_file

ASSETS = Path(__file__).parent / "assets"
SWAGGER_UI = Path(flask_swagger_ui.__file__).parent / "dist"
REDOC = Path(redoc.static_path)
REDOC_SCRIPT = REDOC / "redoc.standalone.js"
# The address of the only file that ReDoc loads from another host, and the path at which this API serves the
# file.
REDOC_LOGO = (b"https://cdn.redoc.ly/redoc/logo-mini.svg", b"/redoc/logo-mini.svg")
blueprint = Blueprint("docs", __name__)


def _document(path: Path) -> StaticDocument:
    caching = REVALIDATE if path.parent == ASSETS else KEEP_FOR_A_DAY
    return static_file(path, caching)


def _redoc_script() -> bytes:
    """Return the script of ReDoc, changed to load the logo from this API."""
    return REDOC_SCRIPT.read_bytes().replace(*REDOC_LOGO)


DOCUMENTS = {
    "/docs": _document(ASSETS / "swagger_ui.html"),
    "/docs/favicon.svg": _document(ASSETS / "favicon.svg"),
    "/docs/swagger_ui_page.css": _document(ASSETS / "swagger_ui_page.css"),
    "/docs/swagger_ui_page.js": _document(ASSETS / "swagger_ui_page.js"),
    "/docs/swagger-ui.css": _document(SWAGGER_UI / "swagger-ui.css"),
    "/docs/swagger-ui-bundle.js": _document(SWAGGER_UI / "swagger-ui-bundle.js"),
    "/redoc": _document(ASSETS / "redoc.html"),
    "/redoc/favicon.svg": _document(ASSETS / "favicon.svg"),
    "/redoc/redoc_page.css": _document(ASSETS / "redoc_page.css"),
    "/redoc/redoc_page.js": _document(ASSETS / "redoc_page.js"),
    "/redoc/logo-mini.svg": _document(REDOC / "logo-mini.svg"),
    "/redoc/redoc.standalone.js": StaticDocument(_redoc_script, MEDIA_TYPES[".js"], KEEP_FOR_A_DAY),
}

for _path, _served in DOCUMENTS.items():
    blueprint.add_url_rule(_path, _path.replace(".", "-"), _served.respond)
