"""Health checks for load balancers (test_startup.py tests an unavailable database)."""

import pytest
from flask.testing import FlaskClient

from webapp import __version__


@pytest.mark.parametrize(("path", "status"), [("/health", "ok"), ("/health/ready", "ready")])
def test_health_has_version_and_environment(client: FlaskClient, path: str, status: str) -> None:
    answer = client.get(path)
    expected = {"status": status, "version": __version__, "environment": "embedded"}
    assert (answer.status_code, answer.json) == (200, expected)
