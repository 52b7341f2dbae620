"""The embedded database server reads lists of tasks and ranges of the log from an index."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from neosqlite import Connection

from tools.data_folder import DataFolder
from tools.services import database
from tools.supervision.ports import free_port
from webapp.core.settings import Settings
from webapp.database.connection import connect
from webapp.database.indexes import ensure_indexes


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The path of a database file with the indexes that the server and the API create when they start."""
    (tmp_path / "logs").mkdir()
    port = free_port()
    server = database.start(DataFolder(tmp_path), port)
    try:
        settings = Settings(jwt_secret="x" * 48, mongodb_uri=database.uri(port))
        opened = connect(settings)
        ensure_indexes(opened, settings)
        opened.client.close()
    finally:
        server.stop()
    return tmp_path / "database" / "todo.db"


@pytest.mark.parametrize("key", ["_id", "keys.updated", "keys.due", "keys.priority"])
def test_each_order_is_read_from_an_index(file: Path, key: str) -> None:
    with Connection(str(file)) as connection:
        listed = connection["tasks"].find({"user_id": "ada", "status": "pending"}).sort([(key, -1)])
        plan = listed.limit(21).explain()["queryPlanner"]
    steps = [step["detail"] for step in plan["winningPlan"]]
    assert steps[0].startswith("SEARCH tasks USING INDEX")
    assert not [step for step in steps if "ORDER BY" in step]


def test_changes_of_an_hour_are_read_from_an_index(file: Path) -> None:
    hour = datetime(2026, 11, 20, 12, tzinfo=UTC)
    query = {"at": {"$gte": hour, "$lt": hour + timedelta(hours=1)}}
    statements: list[str] = []
    with Connection(str(file)) as connection:
        log = connection["changes"]
        log.insert_many([{"at": hour + timedelta(minutes=40 * number)} for number in range(3)])
        connection.db.set_trace_callback(statements.append)
        assert (log.count_documents(query), len(list(log.find(query).sort("at", 1)))) == (2, 2)
        connection.db.set_trace_callback(None)
        plans = [connection.db.execute(f"EXPLAIN QUERY PLAN {each}").fetchall() for each in statements]
    assert [step[-1] for plan in plans for step in plan] == 2 * [
        "SEARCH changes USING INDEX changes_by_time (<expr>>? AND <expr><?)"
    ]
