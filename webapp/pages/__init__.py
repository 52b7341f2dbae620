"""The pages for browsers: the start page at /, a user's insights at /insights, the team report at /report."""

from flask import Flask

from webapp.core.settings import Settings
from webapp.pages import report, static


def init_app(app: Flask, settings: Settings) -> None:
    """Serve /insights and its files, and /report if the settings contain a folder of reports.

    The module `views` serves the start page, because it is part of the documented API.
    """
    app.register_blueprint(static.blueprint)
    if folder := report.folder_of(settings):
        app.register_blueprint(report.build_blueprint(folder))
