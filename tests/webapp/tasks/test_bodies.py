"""The bodies of requests for tasks: malformed JSON, sizes and media types."""

import pytest

from tests.webapp.conftest import Person
from webapp.database.connection import Database

TASKS = "/api/v1/tasks"
PROBLEM = "application/problem+json"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"title":"x",}',
        b"{'title':'x'}",
        b'{"title":NaN}',
        b'{"title":"x","title":"y"}',
        b'\xff{"title":"x"}',
        b'{"title":"x","priority":' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
    ids=["empty", "cut", "comma", "quotes", "nan", "twice", "latin", "digits", "deep-list", "deep-object"],
)
def test_malformed_json_is_refused(ada: Person, database: Database, body: bytes) -> None:
    answer = ada.client.post(TASKS, data=body, headers=_json_headers(ada))
    assert (answer.status_code, answer.content_type) == (400, PROBLEM)
    assert database.tasks.count_documents({}) == 0


def test_body_over_limit_is_refused(ada: Person, database: Database) -> None:
    padding = b" " * (1024 * 1024 - len(b'{"title":"x"}') + 1)
    answer = ada.client.post(TASKS, data=b'{"title":"x"}' + padding, headers=_json_headers(ada))
    assert (answer.status_code, answer.content_type) == (413, PROBLEM)
    assert database.tasks.count_documents({}) == 0


def test_body_at_limit_is_accepted(ada: Person) -> None:
    padding = b" " * (1024 * 1024 - len(b'{"title":"x"}'))
    answer = ada.client.post(TASKS, data=b'{"title":"x"}' + padding, headers=_json_headers(ada))
    assert answer.status_code == 201


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])
def test_other_content_types_are_refused(ada: Person, kind: str) -> None:
    headers = {"Authorization": f"Bearer {ada.token}", "Content-Type": kind}
    answer = ada.client.post(TASKS, data=b'{"title":"x"}', headers=headers)
    assert (answer.status_code, answer.content_type) == (415, PROBLEM)


@pytest.mark.parametrize("kind", ["application/merge-patch+json", "application/json; charset=utf-8"])
def test_patch_accepts_merge_patch_type(ada: Person, kind: str) -> None:
    place = f"{TASKS}/{ada.create(category='home')['id']}"
    headers = {"Authorization": f"Bearer {ada.token}", "Content-Type": kind}
    answer = ada.client.patch(place, data=b'{"category":null}', headers=headers)
    assert (answer.status_code, answer.json["category"]) == (200, None)


def test_patch_of_other_type_names_accepted_ones(ada: Person) -> None:
    place = f"{TASKS}/{ada.create()['id']}"
    headers = {"Authorization": f"Bearer {ada.token}", "Content-Type": "application/json-patch+json"}
    answer = ada.client.patch(place, data=b"[]", headers=headers)
    assert (answer.status_code, answer.headers["Accept-Patch"]) == (
        415,
        "application/merge-patch+json, application/json",
    )


def test_other_methods_refuse_merge_patch_type(ada: Person) -> None:
    headers = {"Authorization": f"Bearer {ada.token}", "Content-Type": "application/merge-patch+json"}
    assert ada.client.post(TASKS, data=b'{"title":"x"}', headers=headers).status_code == 415


def _json_headers(person: Person) -> dict[str, str]:
    return {"Authorization": f"Bearer {person.token}", "Content-Type": "application/json"}
