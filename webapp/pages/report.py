"""Serves the newest team report of the embedded environment at /report."""

from pathlib import Path

from flask import Blueprint, Response, send_file

from webapp.core.errors import NotFound
from webapp.core.settings import Settings

PATH = "/report"


def folder_of(settings: Settings) -> Path | None:
    """Return the folder of the reports; None outside of the embedded environment.

    Reports show the figures of all users, so only the API on one machine without AWS serves them.
    """
    return settings.reports_folder if settings.embedded else None


def newest_report(folder: Path) -> Path | None:
    """Return the path of the newest report, or None; the pipeline writes dt=YYYY-MM-DD/report.html."""
    return max(folder.glob("dt=*/report.html"), default=None)


def build_blueprint(folder: Path) -> Blueprint:
    """Return a blueprint that serves the newest report in this folder at /report."""
    blueprint = Blueprint("report", __name__)

    @blueprint.get(PATH)
    def show_report() -> Response:
        path = newest_report(folder)
        if path is None:
            raise NotFound("There is no team report yet. Write one with: make report")
        return send_file(path.absolute(), mimetype="text/html", conditional=True, etag=True, max_age=0)

    return blueprint
