"""A user with much personal data, and a check that an erasure has removed all of it."""

from flask.testing import FlaskClient

from tests.invariants import assert_log_and_projection_agree
from tests.webapp.conftest import PASSWORD, Person
from webapp.database.connection import Database

ME = "/api/v1/users/me"
TASKS = "/api/v1/tasks"
REGISTRATION = {"email": "ada@example.com", "name": "Ada Lovelace", "password": PASSWORD}
# Words that the personal data of Ada contains, in lower case.
WORDS = ("ada@", "ada.", "lovelace", "secret", "plan b", "hush")


def sign_up(client: FlaskClient, number: int = 0) -> Person:
    """Register Ada; create and change a task, delete another task, and change the e-mail address."""
    email = f"ada.{number}@example.com"
    made = client.post(
        "/api/v1/users", json={**REGISTRATION, "email": email}, headers={"Idempotency-Key": "k"}
    )
    tokens = client.post("/api/v1/auth/login", json={"email": email, "password": PASSWORD}).json
    ada = Person(client, made.json["id"], tokens["access_token"], tokens["refresh_token"])
    task = ada.create("A secret", description="Plan B", tags=["hush"], category="home")
    ada.send("PATCH", f"{TASKS}/{task['id']}", {"title": "Another secret"}, Idempotency_Key="k")
    ada.send("DELETE", f"{TASKS}/{ada.create('A third secret')['id']}")
    assert ada.send("PATCH", ME, {"email": f"ada.{number}@example.org"}).status_code == 200
    client.post("/api/v1/auth/login", json={"email": f"ada.{number}@example.org", "password": "wrong"})
    return ada


def erase(ada: Person) -> int:
    return ada.send("DELETE", ME, {"password": PASSWORD}).status_code


def assert_nothing_is_left(database: Database, *user_ids: str) -> None:
    """Fail if any document contains one of Ada's words, or if the erasure of these users is incomplete."""
    for name in database.list_collection_names():
        for document in database[name].find({}):
            text = repr(document).lower()
            assert [word for word in WORDS if word in text] == [], name
    for user_id in user_ids:
        assert database.credentials.find_one({"_id": user_id}) is None
        assert database.emails.find_one({"user_id": user_id}) is None
        assert database.tasks.find_one({"user_id": user_id}) is None
        assert database.idempotency_keys.find_one({"user_id": user_id}) is None
        assert all(row["erased"] for row in database.changes.find({"user_id": user_id}))
        erasure = database.erasures.find_one({"_id": user_id})
        assert erasure is not None
        assert erasure["finished_at"] is not None
    assert_log_and_projection_agree(database)
