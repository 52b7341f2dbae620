"""The embedded database server reads the list of tasks in the order of an index, without a sort."""

from pathlib import Path

import pytest
from neosqlite import Connection

from tools.data_folder import DataFolder
from tools.ports import free_port
from tools.services import database
from webapp.core.database import connect
from webapp.core.indexes import ensure_indexes
from webapp.core.settings import Settings


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
