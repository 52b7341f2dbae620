"""What gunicorn and `flask` start: the application on the settings of the environment."""

import logging
import sys

from flask import Flask
from pymongo.errors import PyMongoError

from webapp.app import create_app
from webapp.database import connect
from webapp.extensions.request_log import configure_logging
from webapp.preparation import Preparation
from webapp.settings import Settings, SettingsError

logger = logging.getLogger(__name__)


def build() -> Flask:
    """Make the application of this process; it starts even while the database is away.

    Settings that cannot be used end the process with the sentence that says how to mend them.
    """
    configure_logging()
    try:
        settings = Settings.from_environment()
    except SettingsError as error:
        sys.exit(str(error))
    app = create_app(settings, connect(settings))
    preparation: Preparation = app.extensions["todo-preparation"]
    try:
        preparation.ensure()
    except PyMongoError:
        logger.warning("the database cannot be reached yet; until it can, requests are answered with 503")
    return app
