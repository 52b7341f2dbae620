"""Functions that the crash tests run in a forked process and kill at a chosen line."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime
from functools import cache
from typing import Any
from unittest.mock import patch

from flask import Flask

from tests.webapp.conftest import quick_hasher
from webapp.app import create_app
from webapp.auth import hashing
from webapp.changes import ChangeLog
from webapp.changes.repair import sweep
from webapp.core.clock import utc_now
from webapp.core.settings import Settings
from webapp.database.connection import connect
from webapp.http.context import services
from webapp.startup import Startup


@cache
def application(settings_json: str) -> Flask:
    """Return an application without open connections, so that forked processes can use it."""
    settings = Settings(**json.loads(settings_json))
    patch.object(hashing, "PasswordHasher", quick_hasher).start()
    database = connect(replace(settings, mongodb_uri=f"{settings.mongodb_uri}/?connect=false"))
    return create_app(settings, database)


def before_fork(settings: dict[str, Any], **others: Any) -> None:
    """Build the application once, before the first fork."""
    application(json.dumps(settings))


def request(settings: dict[str, Any], request: dict[str, Any]) -> Callable[[], dict[str, Any]]:
    """Return a function that sends one request to the application."""
    app = application(json.dumps(settings))
    services(app).get(Startup).run_once()
    client = app.test_client()

    def act() -> dict[str, Any]:
        answer = client.open(**request)
        return {"status": answer.status_code, "body": answer.json if answer.data else None}

    return act


def repair(settings: dict[str, Any], since: str) -> Callable[[], dict[str, int]]:
    """Return a function that repairs the log once (docs/glossary.md: repair)."""
    database = connect(Settings(**settings))
    return lambda: asdict(sweep(database, ChangeLog(database, utc_now), datetime.fromisoformat(since)))
