"""Proxies: only trusted proxies can state that a request used TLS, and no response repeats `Host`."""

import re
from dataclasses import replace

import pytest
from flask import Flask

from tests.webapp.conftest import MovableClock
from webapp.app import create_app
from webapp.core.settings import Settings
from webapp.database.connection import Database


@pytest.mark.parametrize(
    ("proxies", "forwarded", "secure"),
    [
        (0, "https", False),
        (1, "https", True),
        (2, "https", True),
        (2, "http, https", True),
        (1, "https, http", False),
    ],
)
def test_only_trusted_proxies_state_tls(
    settings: Settings, database: Database, clock: MovableClock, proxies: int, forwarded: str, secure: bool
) -> None:
    client = create_app(replace(settings, trusted_proxies=proxies), database, clock).test_client()
    headers = client.get("/health", headers={"X-Forwarded-Proto": forwarded}).headers
    assert ("Strict-Transport-Security" in headers) == secure


HOSTILE = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}


def paths(app: Flask) -> set[str]:
    """Return the path of each route that accepts GET, with and without a slash at the end."""
    rules = [rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    filled = [re.sub("<[^>]+>", "me", rule) for rule in rules]
    return {path for each in filled for path in (each, each.rstrip("/") or "/", each.rstrip("/") + "/")}


@pytest.mark.parametrize("proxies", [0, 2])
def test_no_response_repeats_the_host(settings: Settings, database: Database, proxies: int) -> None:
    """If a response repeated a forged `Host`, a cache could send other clients to the attacker's host."""
    app = create_app(replace(settings, trusted_proxies=proxies), database)
    client = app.test_client()
    asked = paths(app)
    assert {"/docs", "/docs/", "/api/v1/tasks", "/api/v1/tasks/"} <= asked
    for path in asked:
        answer = client.get(path, headers=HOSTILE)
        assert "evil.example" not in f"{answer.headers}", path
        assert b"evil.example" not in answer.data, path
        if answer.location is not None:
            assert re.match("/[^/]", answer.location), path
