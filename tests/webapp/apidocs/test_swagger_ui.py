"""Swagger UI: complete on our own host."""

import json
import re

from flask.testing import FlaskClient


def test_short_address_leads_to_swagger_ui(client: FlaskClient) -> None:
    answer = client.get("/docs", follow_redirects=True)
    assert (answer.status_code, answer.request.path) == (200, "/docs/")
    assert "Todo API with Insights" in answer.text


def test_page_names_no_other_host(client: FlaskClient) -> None:
    page = client.get("/docs/").text
    assert set(re.findall(r"(?:https?:)?//\w[\w.-]*", page)) <= {"http://localhost"}


def test_everything_page_needs_is_served(client: FlaskClient) -> None:
    needed = re.findall(r'(?:src|href)="([^"]+)"', client.get("/docs/").text)
    assert len(needed) >= 4
    for path in needed:
        with client.get(path) as answer:
            assert (answer.status_code, len(answer.data) > 0) == (200, True), path
            # No browser runs a script that is declared as something else under `nosniff`.
            assert ("javascript" in answer.content_type) == path.endswith(".js")


def test_page_shows_our_document_and_keeps_token(client: FlaskClient) -> None:
    found = re.search(r"user_config = (\{.*?\});", client.get("/docs/").text, re.DOTALL)
    assert found is not None
    config = json.loads(found[1])
    assert client.get(config["url"]).json["openapi"] == "3.1.0"
    assert (config["persistAuthorization"], config["validatorUrl"]) == (True, None)
