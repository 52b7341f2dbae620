"""The number of database round trips of each request; if you add a round trip, change the number here."""

from bench.round_trips import count_round_trips
from webapp.core.settings import Settings
from webapp.database.connection import Database


def test_requests_use_expected_number_of_round_trips(settings: Settings, database: Database) -> None:
    # A create writes the log (the commit) and the projection. An update also reads the task first. A snapshot
    # repairs unfinished changes, and reads the profile and the tasks.
    create, update, snapshot = 2, 3, 8
    assert count_round_trips(settings) == {
        "GET /health": 0,
        "create": create,
        "get": 1,
        "update": update,
        "replace": update,
        "list 20": 1,
        "list 20, by status": 1,
        "list 20, by tag and due date": 1,
        "list 20, by words": 1,
        "changes, snapshot": snapshot,
        "history": 1,
    }
