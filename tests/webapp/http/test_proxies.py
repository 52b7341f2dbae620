"""Proxies: whether a request came over TLS is told by those that are trusted, and by nobody else."""

from dataclasses import replace

import pytest

from tests.webapp.conftest import MovableClock
from webapp.app import create_app
from webapp.core.database import Database
from webapp.core.settings import Settings


@pytest.mark.parametrize(
    ("proxies", "told", "secure"),
    [
        (0, "https", False),
        (1, "https", True),
        (2, "https", True),
        (2, "http, https", True),
        (1, "https, http", False),
    ],
)
def test_trusted_proxies_tell_of_tls(
    settings: Settings, database: Database, clock: MovableClock, proxies: int, told: str, secure: bool
) -> None:
    client = create_app(replace(settings, trusted_proxies=proxies), database, clock).test_client()
    headers = client.get("/health", headers={"X-Forwarded-Proto": told}).headers
    assert ("Strict-Transport-Security" in headers) == secure
