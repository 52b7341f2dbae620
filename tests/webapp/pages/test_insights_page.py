"""The files of the insights page over HTTP (tests/browser tests the page in a browser)."""

import re

import pytest
from flask.testing import FlaskClient

from webapp.pages.static import DOCUMENTS, FILES, STATIC

OWN_SCRIPTS = [name for name in FILES if name.endswith(".js")]


def test_page_and_its_modules_name_only_served_files(client: FlaskClient) -> None:
    page = client.get("/insights").text
    named = set(re.findall(r'<(?:link|script|img)[^>]* (?:src|href)="([^"]+)"', page))
    for name in OWN_SCRIPTS:
        named |= {
            f"/insights/{path}" for path in re.findall(r'from "\./([^"]+)"', (STATIC / name).read_text())
        }
    assert named == {path for path in DOCUMENTS if path != "/insights"}


def test_page_runs_no_inline_script_or_style(client: FlaskClient) -> None:
    answer = client.get("/insights")
    assert "<style" not in answer.text
    assert not re.search(r"\s(?:style|on\w+)=", answer.text)
    assert all("src=" in attributes for attributes in re.findall(r"<script([^>]*)>", answer.text))
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "form-action 'none'" in policy


@pytest.mark.parametrize("name", FILES)
def test_files_name_no_other_host(name: str) -> None:
    hosts = set(re.findall(r"(?:https?:)?//\w[\w.-]*\.\w+", (STATIC / name).read_text()))
    assert hosts <= {"http://www.w3.org"}


@pytest.mark.parametrize("name", OWN_SCRIPTS)
def test_scripts_store_nothing_and_build_no_html_from_text(name: str) -> None:
    source = (STATIC / name).read_text()
    found = re.findall(
        r"localStorage|sessionStorage|document\.cookie|innerHTML|insertAdjacentHTML|eval\(", source
    )
    assert found == []


def test_nothing_else_is_served(client: FlaskClient) -> None:
    for path in (
        "/insights/static.py",
        "/insights/..%2f__init__.py",
        "/insights/insights.html",
        "/insights/x.js",
    ):
        assert client.get(path).status_code == 404
