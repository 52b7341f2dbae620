"""What a request costs in database round trips: a change that adds one has to say so here."""

from bench.round_trips import count_round_trips
from webapp.database import Database
from webapp.settings import Settings


def test_requests_ask_the_database_this_often(settings: Settings, database: Database) -> None:
    write = 4  # the user, the current task, the log (the commit), the projection
    assert count_round_trips(settings) == {
        "GET /health": 0,
        "create": write,
        "get": 1,
        "update": write,
        "replace": write,
        "list 20": 1,
        "list 20, by status": 1,
    }
