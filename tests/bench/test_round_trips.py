"""What a request costs in database round trips: a change that adds one has to say so here."""

from bench.round_trips import count_round_trips
from webapp.core.database import Database
from webapp.core.settings import Settings


def test_requests_ask_the_database_this_often(settings: Settings, database: Database) -> None:
    signed_in = 2  # the token generation of the credentials, revoked tokens
    write = signed_in + 5  # the user, the task, the log (the commit), the projection, the user again
    snapshot = (
        signed_in + 8
    )  # the profile and the tasks; before them, what a crash left unfinished is repaired
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
