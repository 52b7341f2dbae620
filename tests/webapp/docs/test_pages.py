"""Swagger UI and ReDoc: the API serves all their files (tests/browser tests the pages in a browser)."""

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from webapp.docs.pages import ASSETS

PAGES = ("/docs", "/redoc")


@pytest.mark.parametrize("page", PAGES)
def test_page_is_served_directly(client: FlaskClient, page: str) -> None:
    answer = client.get(page, base_url="http://evil.example")
    assert (answer.status_code, "<title>Todo API with Insights" in answer.text) == (200, True)
    assert not [value for _, value in answer.headers if "evil.example" in value]


def test_no_route_redirects(app: Flask) -> None:
    """A redirect that adds or removes a slash would contain the Host header, which a client can forge."""
    assert [rule.rule for rule in app.url_map.iter_rules() if rule.rule.endswith("/")] == ["/"]
    client = app.test_client()
    for path in ("/docs/", "/redoc/", "/insights/", "/api/v1/tasks/", "//api/v1/tasks"):
        assert client.get(path, base_url="http://evil.example").status_code == 404, path
    # The test client interprets this URL as the path `/` of the host `docs`.
    assert client.get("//docs", base_url="http://evil.example").status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_everything_page_needs_is_served(client: FlaskClient, page: str) -> None:
    needed = re.findall(r'<(?:link|script)[^>]* (?:src|href)="([^"]+)"', client.get(page).text)
    assert len(needed) >= 3
    for path in needed:
        answer = client.get(path)
        assert (answer.status_code, len(answer.data) > 0) == (200, True), path
        # Because of `nosniff`, a browser runs a script only if its content type is JavaScript.
        assert ("javascript" in answer.content_type) == path.endswith(".js")


@pytest.mark.parametrize("page", PAGES)
def test_page_has_no_inline_script(client: FlaskClient, page: str) -> None:
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", client.get(page).text, re.DOTALL)
    assert scripts
    assert all("src=" in attributes and not body for attributes, body in scripts)
    policy = client.get(page).headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy


@pytest.mark.parametrize("asset", sorted(ASSETS.glob("*.*")), ids=lambda path: path.name)
def test_assets_name_no_other_host(asset: Path) -> None:
    hosts = set(re.findall(r"(?:https?:)?//\w[\w.-]*\.\w+", asset.read_text()))
    assert hosts <= {"http://www.w3.org"}


def test_redoc_takes_its_logo_from_here(client: FlaskClient) -> None:
    script = client.get("/redoc/redoc.standalone.js").text
    assert "cdn.redoc.ly" not in script
    assert (client.get("/redoc/logo-mini.svg").status_code, "/redoc/logo-mini.svg" in script) == (200, True)


@pytest.mark.parametrize(
    "path", ["/docs/nowhere.js", "/redoc/..%2f__init__.py", "/docs/%2e%2e/pages.py", "/docs/index.css"]
)
def test_nothing_else_is_served(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404
