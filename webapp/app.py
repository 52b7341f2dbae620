"""The application: a list of what it is made of."""

from typing import Any

from flask import Flask

from webapp import __version__, apidocs
from webapp.auth import tokens
from webapp.auth import views as auth_views
from webapp.auth.keys import Keys
from webapp.changes import commands as changes_commands
from webapp.clock import Clock, utc_now
from webapp.database import Database
from webapp.extensions import (
    cors,
    headers,
    limits,
    paths,
    problems,
    proxies,
    request_ids,
    request_log,
    targets,
)
from webapp.extensions.breaker import CircuitBreaker
from webapp.extensions.smorest import Api
from webapp.health import views as health_views
from webapp.ids import IdFactory, new_id
from webapp.insights import views as insights_views
from webapp.preparation import Preparation
from webapp.rooms import Rooms
from webapp.sample import commands as sample_commands
from webapp.settings import Settings
from webapp.sizes import MAX_BODY_BYTES
from webapp.sync import views as sync_views
from webapp.tasks import views as tasks_views
from webapp.users import commands as users_commands
from webapp.users import views as users_views

# In the order in which the API documentation shows them.
MODULES = (users_views, auth_views, tasks_views, sync_views, insights_views, health_views)
COMMANDS = (changes_commands, users_commands, sample_commands)


def create_app(
    settings: Settings,
    database: Database,
    clock: Clock = utc_now,
    ids: IdFactory = new_id,
    keys: Keys | None = None,
) -> Flask:
    """Build the application on a database; nothing is read or written before the first request.

    Without `keys`, those of the settings sign.
    """
    app = Flask(__name__, static_folder=None)
    app.config.update(_config())
    app.json.sort_keys = False  # type: ignore[attr-defined]  # of the default provider
    here = app.extensions["todo"] = Rooms.build(settings, database, clock, ids, keys)
    request_ids.init_app(app)
    request_log.init_app(app)
    proxies.init_app(app, settings.trusted_proxies)
    headers.init_app(app)
    cors.init_app(app, settings.cors_origins)
    problems.init_app(app)
    targets.init_app(app)
    paths.init_app(app)
    tokens.init_app(app, here.keys, clock, here.sessions)
    limits.init_app(app, settings, clock)
    CircuitBreaker(database).init_app(app)
    Preparation(here).init_app(app)
    api = Api(app)
    for module in MODULES:
        api.register_blueprint(module.blueprint)
    apidocs.init_app(app)
    for commands in COMMANDS:
        app.register_blueprint(commands.blueprint)
    return app


def _config() -> dict[str, Any]:
    return {
        "MAX_CONTENT_LENGTH": MAX_BODY_BYTES,
        "API_TITLE": "Todo API with Insights",
        "API_VERSION": __version__,
        "OPENAPI_VERSION": "3.1.0",
        "OPENAPI_URL_PREFIX": "/",
        "API_SPEC_OPTIONS": apidocs.spec_options(),
    }
