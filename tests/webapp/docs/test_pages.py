"""Swagger UI and ReDoc: complete on our own host. That they work is tests/clients' business, in a browser."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from webapp.docs.pages import ASSETS

PAGES = ("/docs", "/redoc")


@pytest.mark.parametrize("page", PAGES)
def test_short_address_leads_to_page(client: FlaskClient, page: str) -> None:
    answer = client.get(page, follow_redirects=True)
    assert (answer.status_code, answer.request.path) == (200, f"{page}/")
    assert "<title>Todo API with Insights" in answer.text


@pytest.mark.parametrize("page", PAGES)
def test_everything_page_needs_is_served(client: FlaskClient, page: str) -> None:
    needed = re.findall(r'<(?:link|script)[^>]* (?:src|href)="([^"]+)"', client.get(f"{page}/").text)
    assert len(needed) >= 3
    for name in needed:
        with client.get(f"{page}/{name}") as answer:
            assert (answer.status_code, len(answer.data) > 0) == (200, True), name
            # No browser runs a script that is declared as something else under `nosniff`.
            assert ("javascript" in answer.content_type) == name.endswith(".js")


@pytest.mark.parametrize("page", PAGES)
def test_page_has_no_inline_script(client: FlaskClient, page: str) -> None:
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", client.get(f"{page}/").text, re.DOTALL)
    assert scripts
    assert all("src=" in attributes and not body for attributes, body in scripts)
    with client.get(f"{page}/") as answer:
        policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy


@pytest.mark.parametrize("asset", sorted(ASSETS.glob("*.*")), ids=lambda path: path.name)
def test_assets_name_no_other_host(asset: Path) -> None:
    hosts = set(re.findall(r"(?:https?:)?//\w[\w.-]*\.\w+", asset.read_text()))
    assert hosts <= {"http://www.w3.org"}


def test_redoc_takes_its_logo_from_here(client: FlaskClient) -> None:
    script = client.get("/redoc/redoc.standalone.js").text
    assert "cdn.redoc.ly" not in script
    with client.get("/redoc/logo-mini.svg") as logo:
        assert (logo.status_code, "/redoc/logo-mini.svg" in script) == (200, True)


@pytest.mark.parametrize("path", ["/docs/nowhere.js", "/redoc/..%2f__init__.py", "/docs/%2e%2e/pages.py"])
def test_nothing_else_is_served(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404
