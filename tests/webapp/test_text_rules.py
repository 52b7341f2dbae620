"""Every operation trims and normalizes the texts of a request before it checks or compares them."""

from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from tests.webapp.conftest import PASSWORD, Person
from webapp.database.connection import Database

USERS, LOGIN, TASKS = "/api/v1/users", "/api/v1/auth/login", "/api/v1/tasks"
BLANK = ["\u200b", "\u2060\u200d", "\u0301", "\u3164", "\u2800", "\U000e0061", "\ufe0f", " \u00ad\ufeff "]
NO_VISIBLE_CHARACTER = "Must have at least one visible character."
WIDE = "\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44\uff11\uff12\uff13"
UNICODE, UPPER_CASE, ASCII = "eve@b\u00fccher.example", "EVE@B\u00dcCHER.example", "eve@xn--bcher-kva.example"


def user(**fields: str) -> dict[str, str]:
    return {"email": "eve@example.com", "name": "Eve", "password": PASSWORD, **fields}


def log_in(client: FlaskClient, email: str, password: str = PASSWORD) -> int:
    return client.post(LOGIN, json={"email": email, "password": password}).status_code


@pytest.mark.parametrize("blank", BLANK)
def test_text_without_visible_character_is_blank(ada: Person, blank: str) -> None:
    for fields in ({"title": blank}, {"title": "x", "category": blank}, {"title": "x", "tags": ["a", blank]}):
        answer = ada.send("POST", TASKS, fields)
        assert answer.status_code == 422
        assert [error["detail"] for error in answer.json["errors"]] == [NO_VISIBLE_CHARACTER]
    assert ada.create(description=blank)["description"] == ""
    assert ada.send("PATCH", f"{USERS}/me", {"name": blank}).status_code == 422
    assert ada.client.post(USERS, json=user(name=blank)).status_code == 422
    assert ada.client.post(USERS, json=user(password=blank * 10)).status_code == 422
    for name in ("q", "category", "tag"):
        assert ada.send("GET", f"{TASKS}?{name}={quote(blank)}").status_code == 422


@pytest.mark.parametrize(
    ("field", "longest"), [("title", 200), ("description", 5000), ("category", 50), ("tags", 30)]
)
def test_length_counts_trimmed_and_composed_text(ada: Person, field: str, longest: int) -> None:
    def send(text: str) -> Any:
        return ada.send("POST", TASKS, {"title": "x", field: [text] if field == "tags" else text})

    for text in ("x" * longest + " ", "\u200b" + "x" * longest, "e\u0301" * longest):
        answer = send(text)
        assert answer.status_code == 201
        stored = answer.json[field][0] if field == "tags" else answer.json[field]
        assert len(stored) == longest
    for text in ("x" * longest + "y", "e\u0301" * longest + "y", "x" * (longest * 4 + 1)):
        assert send(text).status_code == 422


def test_composed_and_decomposed_text_is_one_tag_and_category(ada: Person) -> None:
    made = ada.create(category="caf\u00e9", tags=["\u00e9", "e\u0301", " \u00e9"])
    assert (made["category"], made["tags"]) == ("caf\u00e9", ["\u00e9"])
    for query in ("category=cafe\u0301", "tag=e\u0301", "tag=e\u0301&tag=x", "q=CAFE\u0301"):
        name, _, value = query.partition("=")
        ada.send("PATCH", f"{TASKS}/{made['id']}", {"title": "Cafe\u0301"})
        found = ada.send("GET", f"{TASKS}?{name}={quote(value, safe='&=')}").json["items"]
        assert [task["id"] for task in found] == [made["id"]]


@pytest.mark.parametrize("password", [WIDE, "Pass\u00adword123", " password123"])
def test_common_password_is_found_in_any_spelling(client: FlaskClient, password: str) -> None:
    answer = client.post(USERS, json=user(password=password))
    assert answer.status_code == 422
    assert "common password" in answer.json["errors"][0]["detail"]


def test_length_of_password_counts_its_normal_form(client: FlaskClient) -> None:
    # Normalization changes the ligature U+FB03 to the three letters "ffi".
    assert client.post(USERS, json=user(password="\ufb03 \ufb03 \ufb03")).status_code == 201
    assert log_in(client, "eve@example.com", "ffi ffi ffi") == 200
    assert client.post(USERS, json=user(password="\ufb03" * 43)).status_code == 422


def test_password_from_before_the_normal_form_counted_still_works(client: FlaskClient, ada: Person) -> None:
    """Earlier releases counted the characters before normalization, so a login accepts longer passwords."""
    answer = client.post(LOGIN, json={"email": "ada@example.com", "password": "\ufdfa" * 128})
    assert answer.status_code == 401
    assert log_in(client, "ada@example.com", "x" * 129) == 422


@pytest.mark.parametrize(
    ("registered", "typed"),
    [
        (UNICODE, [UNICODE, UPPER_CASE, ASCII]),
        ("eve@XN--BCHER-KVA.example", [UNICODE, "eve@bu\u0308cher.example", ASCII]),
        (" eve@example.com\n", ["eve@example.com", "\u00a0eve@example.com ", "Eve@EXAMPLE.com"]),
        ("stra\u00dfe@example.com", ["stra\u00dfe@example.com", "STRA\u1e9eE@example.com"]),
    ],
)
def test_address_logs_in_as_typed(client: FlaskClient, registered: str, typed: list[str]) -> None:
    assert client.post(USERS, json=user(email=registered)).status_code == 201
    assert [log_in(client, each) for each in typed] == [200] * len(typed)
    for each in typed:
        assert client.post(USERS, json=user(email=each)).status_code == 409


def test_sharp_s_and_double_s_are_two_mailboxes(client: FlaskClient, database: Database) -> None:
    first = client.post(USERS, json=user(email="stra\u00dfe@example.com", password="the first password"))
    second = client.post(USERS, json=user(email="strasse@example.com", password="the other password"))
    assert (first.status_code, second.status_code) == (201, 201)
    assert log_in(client, "strasse@example.com", "the first password") == 401
    assert log_in(client, "strasse@example.com", "the other password") == 200
    assert database.emails.count_documents({}) == 2


def test_changed_address_is_trimmed_and_compared(ada: Person) -> None:
    changed = ada.send("PATCH", f"{USERS}/me", {"email": " ada@B\u00dcCHER.example "})
    assert (changed.status_code, changed.json["email"]) == (200, "ada@b\u00fccher.example")
    assert log_in(ada.client, "ada@xn--bcher-kva.example") == 200
    assert ada.client.post(USERS, json=user(email="ADA@b\u00fccher.example")).status_code == 409


def test_all_spellings_of_an_address_share_its_lockout(ada: Person) -> None:
    spellings = ["ada@example.com", " ADA@example.com", "ada@example.com\u200b"]
    wrong = [log_in(ada.client, spellings[number % 3], "a wrong password") for number in range(11)]
    assert wrong == [401] * 10 + [429]
    unknown = ["eve@b\u00fccher.example", "eve@xn--bcher-kva.example"]
    wrong = [log_in(ada.client, unknown[number % 2], "a wrong password") for number in range(11)]
    assert wrong == [401] * 10 + [429]


@pytest.mark.parametrize(
    ("title", "query"),
    [
        ("Zadzwo\u0144 do \u0141ukasza", "lukasza"),
        ("Don\u2019t", "don't"),
        ("Don't", "don\u2019t"),
        ("\u00c6on", "aeon"),
    ],
)
def test_search_ignores_signs_of_letters(ada: Person, title: str, query: str) -> None:
    made = ada.create(title)
    found = ada.send("GET", f"{TASKS}?q={quote(query)}").json["items"]
    assert [task["id"] for task in found] == [made["id"]]
