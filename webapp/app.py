"""The application factory, which lists the parts of the API."""

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Flask

from webapp import __version__, docs, limits, pages
from webapp.auth import tokens
from webapp.auth import views as auth_views
from webapp.auth.sessions import Sessions
from webapp.core.clock import Clock, utc_now
from webapp.core.ids import IdFactory, new_id
from webapp.core.settings import Settings
from webapp.core.sizes import MAX_BODY_BYTES
from webapp.credentials.signing_keys import Keys
from webapp.database.connection import Database
from webapp.health import views as health_views
from webapp.http import (
    compression,
    context,
    cors,
    headers,
    problems,
    proxies,
    request_ids,
    request_log,
    request_target,
    url_converters,
)
from webapp.http.application import Application, LazyCommands
from webapp.http.circuit_breaker import CircuitBreaker
from webapp.insights import views as insights_views
from webapp.metrics import MetricsRecorder, prometheus
from webapp.openapi.info import spec_options
from webapp.pages import views as pages_views
from webapp.rest.smorest import Api
from webapp.sample.timeline import SAMPLE_USER
from webapp.services import build_services
from webapp.startup import Startup
from webapp.sync import views as sync_views
from webapp.tasks import views as tasks_views
from webapp.users import views as users_views

# The blueprints, in the order of the API documentation.
MODULES = (users_views, auth_views, tasks_views, sync_views, insights_views, health_views, pages_views)


def create_app(
    settings: Settings,
    database: Database,
    clock: Clock = utc_now,
    ids: IdFactory = new_id,
    keys: Keys | None = None,
) -> Flask:
    """Build the Flask application, without any call to the database.

    `keys` are the signing keys; the default is the keys in `settings`.
    """
    app = Application(__name__, static_folder=None)
    app.cli = LazyCommands(_commands)
    app.config.update(_config(SAMPLE_USER if settings.embedded else None))
    services = build_services(settings, database, clock, ids, keys)
    context.init_app(app, services)
    request_ids.init_app(app)
    request_log.init_app(app, services.get(MetricsRecorder))
    proxies.init_app(app, settings.trusted_proxies)
    headers.init_app(app)
    compression.init_app(app)
    cors.init_app(app, settings.cors_origins)
    problems.init_app(app)
    request_target.init_app(app)
    url_converters.init_app(app)
    tokens.init_app(app, services.signing_keys, clock, services.get(Sessions))
    limits.init_app(app, settings, clock, tokens.token_user(clock))
    CircuitBreaker(database).init_app(app)
    startup = Startup(services)
    startup.init_app(app)
    limits.init_sign_in(app, settings, clock, database)
    services.add(startup)
    api = Api(app)
    for module in MODULES:
        api.register_blueprint(module.blueprint)
    docs.init_app(app)
    pages.init_app(app, settings)
    if settings.prometheus:
        prometheus.init_app(app)
    return app


def _commands() -> Iterable[Blueprint]:
    # The package `cli` is imported only when a command is run, because the import takes a quarter of a second
    # and several megabytes of memory.
    from webapp import cli

    return cli.BLUEPRINTS


def _config(sample_user: dict[str, str] | None) -> dict[str, Any]:
    return {
        "SAMPLE_USER": sample_user,
        "MAX_CONTENT_LENGTH": MAX_BODY_BYTES,
        "API_TITLE": "Todo API with Insights",
        "API_VERSION": __version__,
        "OPENAPI_VERSION": "3.1.0",
        "OPENAPI_URL_PREFIX": "/",
        "API_SPEC_OPTIONS": spec_options(sample_user),
    }
