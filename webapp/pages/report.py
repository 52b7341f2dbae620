"""The newest team report in a folder of reports, for a product on one machine."""

from pathlib import Path

from flask import Blueprint, Response, send_file

from webapp.core.errors import NotFound
from webapp.core.settings import Settings

PATH = "/report"


def folder_of(settings: Settings) -> Path | None:
    """Return the folder of the reports; None in other environments than the embedded default.

    Reports show figures of all users, so only the machine itself may serve them.
    """
    return settings.reports_folder if settings.embedded else None


def newest_report(folder: Path) -> Path | None:
    """Return the newest report, None if there is none; the pipeline writes dt=YYYY-MM-DD/report.html."""
    return max(folder.glob("dt=*/report.html"), default=None)


def build_blueprint(folder: Path) -> Blueprint:
    """Return a blueprint that shows the newest report in this folder."""
    blueprint = Blueprint("report", __name__)

    @blueprint.get(PATH)
    def show_report() -> Response:
        path = newest_report(folder)
        if path is None:
            raise NotFound("There is no team report yet. Write one with: make report")
        return send_file(path.absolute(), mimetype="text/html", conditional=True, etag=True, max_age=0)

    return blueprint
