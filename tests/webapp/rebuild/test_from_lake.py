"""With a database rebuilt from the lake, the API gives the same responses as before and accepts changes."""

from itertools import product
from pathlib import Path

from tests.invariants import assert_log_and_projection_agree
from tests.scenario import ERASED_WORDS, HOURS, ME, PAY, TASKS, Pipeline, Scenario
from tests.webapp.rebuild.conftest import Baseline, set_passwords
from todo_insights.catalog.export import export
from todo_insights.catalog.stores import open_stores


def test_every_response_is_as_before(baseline: Baseline, restored: Scenario, pipeline: Pipeline) -> None:
    set_passwords(restored)
    # The first write-back after a rebuild writes the insights of all users, so no hour has to be processed
    # again.
    pipeline.write_back()
    assert restored.answers() == baseline.answers
    assert_log_and_projection_agree(restored.database)


def test_words_of_erased_user_are_not_exported(restored: Scenario, pipeline: Pipeline, changes: Path) -> None:
    assert pipeline.words_in_bronze(ERASED_WORDS)
    exported = changes.read_bytes().lower()
    assert [word for word in ERASED_WORDS if word.encode() in exported] == []
    for name in restored.database.list_collection_names():
        for document in restored.database[name].find({}):
            text = repr(document).lower()
            assert [word for word in ERASED_WORDS if word in text] == [], name


def test_erasures_are_rebuilt(restored: Scenario) -> None:
    (user,) = restored.database.users.find({"deleted_at": {"$exists": True}})
    (erasure,) = restored.database.erasures.find({})
    assert (erasure["_id"], erasure["requested_at"]) == (user["_id"], user["deleted_at"])
    assert erasure["finished_at"] == restored.clock.now
    changes = restored.database.changes.find({"user_id": user["_id"]})
    assert all(change["erased"] for change in changes)


def test_versions_continue_after_rebuild(restored: Scenario) -> None:
    set_passwords(restored)
    ada = restored.people["ada"]
    task = restored.send(ada, "GET", f"{TASKS}/{ada.task_ids[0]}").json
    answer = restored.send(
        ada, "PATCH", f"{TASKS}/{task['id']}", {"title": "Again"}, If_Match=f'"{task["version"]}"'
    )
    assert answer.json["version"] == task["version"] + 1
    assert_log_and_projection_agree(restored.database)


def test_deleted_task_can_be_restored(restored: Scenario) -> None:
    set_passwords(restored)
    bob = restored.people["bob"]
    answer = restored.send(bob, "POST", f"{TASKS}/{bob.task_ids[0]}/restore")
    assert (answer.json["title"], answer.json["version"]) == ("Nº 1", 3)


def test_addresses_belong_to_their_present_users(restored: Scenario) -> None:
    claims = {claim["_id"]: claim["user_id"] for claim in restored.database.emails.find({})}
    people = restored.people
    assert claims == {
        "ada.new@example.org": people["ada"].user_id,
        "ada@example.com": people["dora"].user_id,
        "bob@example.com": people["bob"].user_id,
    }
    set_passwords(restored)
    restored.send(people["ada"], "PATCH", ME, {"email": "ada@example.net"})


def test_old_tokens_stay_invalid(restored: Scenario) -> None:
    old = restored.people["ada"].token
    set_passwords(restored)
    answer = restored.client.get(ME, headers={"Authorization": f"Bearer {old}"})
    assert answer.status_code == 401


def test_old_idempotency_keys_are_unknown(baseline: Baseline, restored: Scenario) -> None:
    """The lake has no idempotency keys, so after a rebuild the API executes a late retry as a new request."""
    set_passwords(restored)
    ada = restored.people["ada"]
    assert any(each["idempotency_key"].endswith(":once") for each in baseline.documents["changes"])
    answer = restored.send(ada, "POST", TASKS, PAY, **{"Idempotency-Key": "once"})
    assert (answer.status_code, "Idempotency-Replayed" in answer.headers) == (201, False)
    assert answer.json["id"] not in ada.task_ids


def test_hours_processed_again_are_unchanged(restored: Scenario, pipeline: Pipeline) -> None:
    """Processing changes only the tables that still contained Eve's words or her masked address."""
    outcomes = {
        (done["hour"], table): outcome
        for done in pipeline.publish()
        for table, outcome in done["outcomes"].items()
    }
    changed = {(hour[-2:], table) for (hour, table), outcome in outcomes.items() if outcome != "unchanged"}
    users = {"bronze_user_changes", "silver_user_changes"}
    assert changed == {("09", "bronze_task_changes"), *product(("09", "11"), users)}
    assert len(outcomes) == 7 * len(HOURS)
    text = repr(list(export(open_stores(pipeline.settings)))).lower()
    assert [word for word in ERASED_WORDS if word in text] == []
