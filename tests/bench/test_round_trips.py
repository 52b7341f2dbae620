"""The number of database round trips of each request; a change that adds one must update this test."""

from bench.round_trips import count_round_trips
from webapp.core.database import Database
from webapp.core.settings import Settings


def test_requests_use_expected_number_of_round_trips(settings: Settings, database: Database) -> None:
    signed_in = 2  # the token generation of the credentials, revoked tokens
    write = signed_in + 5  # the user, the task, the log (the commit), the projection, the user replayed
    snapshot = signed_in + 8  # repairs of unfinished changes, the profile and the tasks
    assert count_round_trips(settings) == {
        "GET /health": 0,
        "create": write,
        "get": signed_in + 1,
        "update": write,
        "replace": write,
        "list 20": signed_in + 1,
        "list 20, by status": signed_in + 1,
        "list 20, by tag and due date": signed_in + 1,
        "list 20, by words": signed_in + 1,
        "changes, snapshot": snapshot,
        "history": signed_in + 1,
    }
