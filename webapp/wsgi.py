"""The entry point of gunicorn and `flask`: the application with the settings from the environment."""

import logging
import os
import sys
import time
from collections.abc import Callable

from flask import Flask
from pymongo.errors import PyMongoError

from webapp import tracing
from webapp.app import create_app
from webapp.core.clock import Clock, utc_now
from webapp.core.logs import configure_logging
from webapp.core.settings import Settings, SettingsError
from webapp.credentials.database_login import RotatingLogin
from webapp.credentials.key_rotation import RotatingKeys
from webapp.credentials.signing_keys import Keys
from webapp.database.connection import connect
from webapp.http.context import services
from webapp.startup import Startup

logger = logging.getLogger(__name__)


def build() -> Flask:
    """Build the application of this process, even if the database or AWS is unavailable.

    Invalid settings end the process with a message that says how to correct them.
    """
    try:
        configure_logging()
        settings = Settings.from_environment()
        is_traced = tracing.is_requested(os.environ)
    except SettingsError as error:
        sys.exit(str(error))
    if is_traced:
        tracing.start_tracing(settings.environment)
    app = create_app(settings, connect(settings, open_login(settings)), keys=open_keys(settings))
    if is_traced:
        tracing.trace_requests(app)
    try:
        services(app).get(Startup).run_once()
    except PyMongoError:
        logger.warning("the database cannot be reached; requests get status 503 until it responds")
    return app


def open_keys(
    settings: Settings, clock: Clock = utc_now, timer: Callable[[], float] = time.monotonic
) -> Keys:
    """Return the signing keys: from the settings, or from Secrets Manager as soon as it has responded."""
    keys = Keys.of(settings)
    if settings.jwt_secret_arn is None:
        return keys
    # boto3 is imported here, and only when it is needed, because the import takes 20 MB of memory and half a
    # second.
    from webapp.credentials.secrets_manager import SecretsManager

    rotating = RotatingKeys(keys.ring(), SecretsManager(settings.jwt_secret_arn, clock).read, timer)
    rotating.ring()
    return rotating


def open_login(settings: Settings, timer: Callable[[], float] = time.monotonic) -> RotatingLogin | None:
    """Return the login in Secrets Manager, or None if the URI contains the login."""
    if settings.mongodb_secret_arn is None:
        return None
    from webapp.credentials.secrets_manager import DatabaseSecret

    return RotatingLogin(DatabaseSecret(settings.mongodb_secret_arn).read, timer)
