"""Health: what load balancers read (for a database that is away see test_preparation.py)."""

import pytest
from flask.testing import FlaskClient

from webapp import __version__


@pytest.mark.parametrize(("path", "status"), [("/health", "ok"), ("/health/ready", "ready")])
def test_health_tells_version_and_environment(client: FlaskClient, path: str, status: str) -> None:
    answer = client.get(path)
    told = {"status": status, "version": __version__, "environment": "embedded"}
    assert (answer.status_code, answer.json) == (200, told)
