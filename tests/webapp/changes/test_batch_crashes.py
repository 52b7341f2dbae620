"""A retry of a killed batch with the same Idempotency-Key completes the batch."""

from dataclasses import asdict
from typing import Any

from tests.crashes import Crasher
from tests.invariants import assert_log_and_projection_agree
from tests.webapp.changes.test_crashes import BATCH_PATH, REQUEST, TASKS, keyed, restarted
from tests.webapp.conftest import Person
from webapp.core.settings import Settings
from webapp.database.connection import Database


def test_killed_batch_keeps_its_key(
    crashes: Crasher, ada: Person, settings: Settings, database: Database
) -> None:
    """The kill may be before the first commit, and the first operation of the batch may be rejected."""
    requests: dict[int, dict[str, Any]] = {}

    def arguments(number: int) -> dict[str, Any]:
        rejected = {"op": "delete", "id": "01a1fd9e-0000-7000-8000-000000000000"}
        body = {"operations": [rejected, {"op": "create", "task": {"title": f"Task {number}"}}]}
        requests[number] = keyed(ada, "POST", f"{TASKS}/batch", body, f"key-{number}")
        return {"settings": asdict(settings), "request": requests[number]}

    claimed_without_commit = 0
    for number, _ in enumerate(crashes.every_kill(REQUEST, BATCH_PATH, arguments), 1):
        own = f"{ada.user_id}:key-{number}"
        claimed = database.idempotency_keys.count_documents({"_id": own})
        committed = database.changes.count_documents({"idempotency_key": f"{own}\x1f1"})
        assert claimed >= committed
        claimed_without_commit += claimed > committed
        if claimed:
            other = ada.send("POST", TASKS, {"title": "Other"}, Idempotency_Key=f"key-{number}")
            assert other.status_code == 422
        retry = restarted(settings, database).open(**requests[number])
        assert [result["status"] for result in retry.json["results"]] == [404, 201]
        assert database.tasks.count_documents({"title": f"Task {number}"}) == 1
    assert claimed_without_commit
    assert_log_and_projection_agree(database)
