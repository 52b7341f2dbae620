"""A rebuild that is killed at any step continues when it is started again, with the same result."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from tests.crashes import Crasher
from tests.invariants import assert_log_and_projection_agree
from tests.sampling import sample
from tests.scenario import Scenario
from tests.webapp.rebuild.conftest import rebuild
from webapp.http.context import services
from webapp.startup import Startup

FROM_FILE = "tests.webapp.rebuild.forked:from_file"
FILES = [f"webapp/rebuild/{name}.py" for name in ("rebuild", "marker", "load", "replay")]


@pytest.fixture
def reference(scenario: Scenario, changes: Path) -> dict[str, list[Any]]:
    """The documents after a rebuild that was not killed."""
    assert rebuild(scenario, "--from-file", str(changes)).exit_code == 0
    left = documents(scenario)
    scenario.lose_database()
    return left


def documents(scenario: Scenario) -> dict[str, list[Any]]:
    """Return all documents without claim_id and finished_at, which differ between runs."""
    found: dict[str, list[Any]] = {}
    for name in ("changes", "users", "tasks", "emails", "erasures"):
        rows = [{**each, "claim_id": "", "finished_at": None} for each in scenario.database[name].find({})]
        found[name] = sorted(rows, key=lambda each: str(each["_id"]))
    return found


@pytest.mark.sampled
def test_rebuild_survives_any_kill(
    crashes: Crasher, scenario: Scenario, changes: Path, reference: dict[str, list[Any]]
) -> None:
    arguments = {"settings": asdict(scenario.settings), "path": str(changes)}
    places = crashes.kill_points(FROM_FILE, FILES, arguments)
    assert documents(scenario) == reference
    for place in sample(places, 10):
        scenario.lose_database()
        assert crashes.run(FROM_FILE, FILES, place, arguments) is None
        marker = scenario.database.rebuilds.find_one({})
        if marker is None or marker["finished_at"] is None:
            assert rebuild(scenario, "--from-file", str(changes)).exit_code == 0
        else:
            # The rebuild itself had finished before the kill; the next start of the API does the remaining
            # steps.
            services(scenario.restart()).get(Startup).run_once()
        assert documents(scenario) == reference
    assert_log_and_projection_agree(scenario.database)
