"""Cursors: the API accepts a cursor that it has signed, and refuses any other cursor."""

import pytest

from webapp.core.errors import BadRequest
from webapp.credentials.signing_keys import KeyRing, Keys
from webapp.rest.cursors import Cursors

SECRET = "a secret for tests, long enough to be taken"
KEYS = Keys(KeyRing(SECRET))
STATE = ["log", "20261120093000000|task:1:1", 7, None]


def test_cursor_returns_its_state() -> None:
    cursors = Cursors(KEYS, "history")
    cursor = cursors.dumps("ada", STATE)
    assert cursors.loads("ada", cursor) == STATE
    assert cursor.isascii()
    assert not set(cursor) & set("+/=&? ")


@pytest.mark.parametrize(
    ("secret", "kind", "owner"),
    [
        ("another secret, also long enough to be taken", "history", "ada"),
        (SECRET, "changes", "ada"),
        (SECRET, "history", "eve"),
    ],
    ids=["secret", "list", "owner"],
)
def test_foreign_cursor_is_refused(secret: str, kind: str, owner: str) -> None:
    foreign = Cursors(Keys(KeyRing(secret)), kind).dumps(owner, STATE)
    with pytest.raises(BadRequest, match="start without a cursor"):
        Cursors(KEYS, "history").loads("ada", foreign)


def test_cursor_stays_valid_after_rotation_of_secret() -> None:
    old = Cursors(KEYS, "history").dumps("ada", STATE)
    new = "a newer secret, long enough to be taken, too"
    rotated = Keys(KeyRing(new, (SECRET,)))
    assert Cursors(rotated, "history").loads("ada", old) == STATE
    fresh = Cursors(rotated, "history").dumps("ada", STATE)
    assert Cursors(Keys(KeyRing(new)), "history").loads("ada", fresh) == STATE


def test_compressed_cursor_of_earlier_release_is_accepted() -> None:
    recorded = (
        ".eJyLVjJIww-VdJQMDBMN01IsU3XNDQ0sdc2NUtN0k8xTDXUtklOSTVMTDc3MDIyUYgEVWRRs"
        ".kVds4m4Hx8hz77nZX61Izrl7OUuEoqyK6MQ0Yfbx_3W02DB5GrnHxFEAogutHJnP"
    )
    state = ["0f" * 16, "01a1fd9e-7109-72ef-b7e1-8cdc5ea16602"]
    assert Cursors(KEYS, "tasks").loads("ada", recorded) == state


@pytest.mark.parametrize("garbage", ["", ".", "..", "x", "é", "\ud800", "\x00", "e30.AAAA", "a" * 100_000])
def test_malformed_cursor_is_refused(garbage: str) -> None:
    with pytest.raises(BadRequest, match="start without a cursor"):
        Cursors(KEYS, "history").loads("ada", garbage)


def test_every_changed_character_is_detected() -> None:
    cursors = Cursors(KEYS, "history")
    cursor = cursors.dumps("ada", STATE)
    for place in range(len(cursor)):
        forged = cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]
        with pytest.raises(BadRequest):
            cursors.loads("ada", forged)
