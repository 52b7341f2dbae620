"""A rebuild refuses unusable input with a clear error message."""

import sys
from pathlib import Path

import bson
import pytest

from tests.scenario import Scenario
from tests.webapp.rebuild.conftest import output_of, rebuild


def test_database_in_use_is_refused(before_erasure: Scenario, changes: Path) -> None:
    before = list(before_erasure.database.changes.find({}))
    result = rebuild(before_erasure, "--from-file", str(changes))
    assert (result.exit_code, list(before_erasure.database.changes.find({}))) == (1, before)
    assert "is not empty: it has changes" in output_of(result)


def test_finished_rebuild_does_nothing_again(scenario: Scenario, changes: Path) -> None:
    assert rebuild(scenario, "--from-file", str(changes)).exit_code == 0
    again = rebuild(scenario, "--from-file", str(changes))
    assert (
        again.exit_code,
        "already rebuilt from this lake, up to 2026-11-20 at 13:00" in output_of(again),
    ) == (
        0,
        True,
    )


def test_unfinished_rebuild_refuses_the_log_as_source(scenario: Scenario, changes: Path) -> None:
    changes.write_bytes(changes.read_bytes()[:-1])
    assert rebuild(scenario, "--from-file", str(changes)).exit_code == 1
    assert "A rebuild from the lake was started in this database" in output_of(rebuild(scenario))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda whole: whole[: len(whole) // 2], "incomplete or damaged"),
        (lambda whole: whole.replace(b"Pay\0", b"Pet\0"), "do not have the checksum that the lake recorded"),
        (lambda whole: b"".join(map(bson.encode, bson.decode_all(whole)[:-1])), "end after 3 of 4 hours"),
        (lambda whole: b"".join(map(bson.encode, bson.decode_all(whole)[1:])), "in format 1"),
        (lambda whole: b"not BSON at all", "incomplete or damaged"),
        (lambda whole: b"", "in format 1"),
    ],
    ids=["cut", "altered", "hour missing", "headless", "text", "empty"],
)
def test_damaged_changes_are_refused(scenario: Scenario, changes: Path, damage: object, words: str) -> None:
    whole = changes.read_bytes()
    damaged = changes.with_name("damaged.bson")
    damaged.write_bytes(damage(whole))  # type: ignore[operator]
    result = rebuild(scenario, "--from-file", str(damaged))
    assert result.exit_code == 1
    assert words in output_of(result)
    assert rebuild(scenario, "--from-file", str(changes)).exit_code == 0


def test_foreign_writes_are_detected(scenario: Scenario, changes: Path) -> None:
    damaged = changes.with_name("damaged.bson")
    damaged.write_bytes(changes.read_bytes()[:-1])
    assert rebuild(scenario, "--from-file", str(damaged)).exit_code == 1
    change = scenario.database.changes.find_one({"op": "updated", "entity": "task"})
    assert change is not None
    scenario.database.changes.replace_one({"_id": change["_id"]}, {**change, "time_zone": "UTC+1"})
    result = rebuild(scenario, "--from-file", str(changes))
    assert (result.exit_code, result.output.count("DIFFERENT")) == (1, 1)
    assert "A rebuild from the lake needs an empty database" in output_of(result)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (f"{sys.executable} -c 'import sys; sys.exit(\"the lake is away\")'", "status 1: the lake is away"),
        ("no-such-program", "Cannot start no-such-program"),
        (f"{sys.executable} -c pass", "in format 1"),
    ],
)
def test_failing_command_is_reported(scenario: Scenario, command: str, words: str) -> None:
    result = rebuild(scenario, "--from-lake", "--command", command)
    assert result.exit_code == 1
    assert words in output_of(result)


def test_command_that_fails_at_its_end_is_reported(scenario: Scenario, changes: Path) -> None:
    """The command has sent all changes, but its exit status reports a failure."""
    code = f"import sys; sys.stdout.buffer.write(open({str(changes)!r}, 'rb').read()); sys.exit('too late')"
    result = rebuild(scenario, "--from-lake", "--command", f'{sys.executable} -c "{code}"')
    assert (result.exit_code, scenario.database.emails.count_documents({})) == (1, 0)
    assert "too late" in output_of(result)


@pytest.mark.parametrize(
    "options", [("--from-lake", "--from-file", "-"), ("--command", "x"), ("--from-file", "/no/such/file")]
)
def test_invalid_options_are_refused(scenario: Scenario, options: tuple[str, ...]) -> None:
    assert rebuild(scenario, *options).exit_code == 2


def test_second_rebuild_from_a_newer_lake_is_refused(scenario: Scenario, changes: Path) -> None:
    assert rebuild(scenario, "--from-file", str(changes)).exit_code == 0
    head, *others = bson.decode_all(changes.read_bytes())
    moved = {**head, "covers_until": head["covers_until"].replace(year=2027)}
    changes.write_bytes(b"".join(map(bson.encode, [moved, *others])))
    result = rebuild(scenario, "--from-file", str(changes))
    assert (result.exit_code, "is not empty: it has changes" in output_of(result)) == (1, True)
