"""`flask users set-password`: an operator sets the password of a user who cannot log in."""

import unicodedata
from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient

from tests.webapp.conftest import PASSWORD, Person
from webapp.database.connection import Database

LOGIN = "/api/v1/auth/login"
ME = "/api/v1/users/me"
NEW = "ein ganz neues Paßwort é"


def set_password(app: Flask, email: str = "ada@example.com", password: str = NEW) -> Result:
    runner = app.test_cli_runner()
    return runner.invoke(args=["users", "set-password", email], input=f"{password}\n{password}\n")


def log_in(client: FlaskClient, password: str) -> int:
    return client.post(LOGIN, json={"email": "ada@example.com", "password": password}).status_code


def test_new_password_replaces_old_one(app: Flask, ada: Person) -> None:
    result = set_password(app, "ADA@example.com")
    assert (result.exit_code, NEW in result.output) == (0, False)
    assert (log_in(ada.client, NEW), log_in(ada.client, PASSWORD)) == (200, 401)


def test_every_encoding_of_password_is_accepted(app: Flask, ada: Person) -> None:
    set_password(app, password=unicodedata.normalize("NFD", NEW))
    assert log_in(ada.client, unicodedata.normalize("NFC", NEW)) == 200


def test_sessions_end_with_old_password(app: Flask, ada: Person) -> None:
    set_password(app)
    assert ada.send("GET", ME).status_code == 401


def test_user_without_password_gets_one(app: Flask, ada: Person, database: Database) -> None:
    """A token that was issued before the loss of the user's credentials stays invalid."""
    database.credentials.delete_many({})
    assert set_password(app).exit_code == 0
    assert (log_in(ada.client, NEW), ada.send("GET", ME).status_code) == (200, 401)


def test_locked_account_is_unlocked(app: Flask, ada: Person) -> None:
    assert [log_in(ada.client, "a wrong password") for _ in range(11)][-1] == 429
    set_password(app)
    assert log_in(ada.client, NEW) == 200


@pytest.mark.parametrize(
    ("email", "password", "words"),
    [
        ("bob@example.com", NEW, "No user has this address."),
        ("ada@example.com", "short", "between 10 and 128"),
        ("ada@example.com", "1234567890", "common password"),
    ],
)
def test_invalid_input_is_refused(
    app: Flask, register: Callable[..., Person], email: str, password: str, words: str
) -> None:
    ada = register()
    result = set_password(app, email, password)
    assert (result.exit_code, log_in(ada.client, PASSWORD)) == (1, 200)
    assert words in " ".join(result.output.split())
