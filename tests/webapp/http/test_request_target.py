"""Request targets: the API refuses invalid targets and decodes valid targets."""

from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from tests.webapp.conftest import Person

TASKS = "/api/v1/tasks"


@pytest.mark.parametrize(
    "target", ["/%", "/%4", "/%zz", "/%25%", f"{TASKS}?category=100%", f"{TASKS}?cursor=%u00e9"]
)
def test_broken_escape_is_refused(client: FlaskClient, target: str) -> None:
    answer = client.get(target)
    assert answer.status_code == 400
    assert "%25" in answer.json["detail"]


@pytest.mark.parametrize(
    "target", ["/%ff", "/%c3%28", "/%ed%a0%80", "/%f0%9f", f"{TASKS}/%ff", f"{TASKS}?category=%e9"]
)
def test_bytes_that_are_not_utf8_are_refused(client: FlaskClient, target: str) -> None:
    answer = client.get(target)
    assert answer.status_code == 400
    assert "UTF-8" in answer.json["detail"]


@pytest.mark.parametrize("category", ["100%", "Ärger", "日本", "a+b", "a b", "%zz", "🌱"])
def test_escaped_text_is_decoded(ada: Person, category: str) -> None:
    ada.create(category=category)
    ada.create(category="other")
    listed = ada.send("GET", f"{TASKS}?category={quote(category, safe='')}").json
    assert [task["category"] for task in listed["items"]] == [category]
