"""The pages for people: the start page at /, the insights of a user at /insights, and the team report."""

from flask import Flask

from webapp.core.settings import Settings
from webapp.pages import report, static


def init_app(app: Flask, settings: Settings) -> None:
    """Serve /insights and its files, and /report where the settings name a folder of reports.

    The start page is part of the documented API (`views`).
    """
    app.register_blueprint(static.blueprint)
    if folder := report.folder_of(settings):
        app.register_blueprint(report.build_blueprint(folder))
