"""Serves the insights page, which consists of static files; its script requests the figures from the API."""

from pathlib import Path

from flask import Blueprint

from webapp.http.documents import KEEP_FOR_A_DAY, REVALIDATE, static_file

STATIC = Path(__file__).parent / "static"
# The file of Chart.js; docs/decisions/0048 states its version.
LIBRARY = STATIC / "chart.umd.min.js"
FILES = ("favicon.svg", "page.css", "api.js", "app.js", "cards.js", "charts.js", "figures.js", "table.js")

blueprint = Blueprint("pages", __name__)

DOCUMENTS = {
    "/insights": static_file(STATIC / "insights.html", REVALIDATE),
    **{f"/insights/{name}": static_file(STATIC / name, REVALIDATE) for name in FILES},
    f"/insights/{LIBRARY.name}": static_file(LIBRARY, KEEP_FOR_A_DAY),
}

for _path, _served in DOCUMENTS.items():
    blueprint.add_url_rule(_path, _path.replace(".", "-"), _served.respond)
