"""A rebuild that is killed at any step goes on when it is started again, and ends as if nothing had been."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from tests.crashes import Crasher
from tests.invariants import assert_log_and_projection_agree
from tests.scenario import Scenario
from tests.webapp.rebuild.conftest import rebuild
from webapp.http.context import services
from webapp.startup import Startup

FROM_FILE = "tests.webapp.rebuild.forked:from_file"
FILES = [f"webapp/rebuild/{name}.py" for name in ("rebuild", "marker", "load", "replay")]


@pytest.fixture
def reference(world: Scenario, changes: Path) -> dict[str, list[Any]]:
    """What a rebuild leaves that nobody disturbs."""
    assert rebuild(world, "--from-file", str(changes)).exit_code == 0
    left = documents(world)
    world.lose_database()
    return left


def documents(world: Scenario) -> dict[str, list[Any]]:
    """All documents, but for the ids of claims and when an erasure was finished."""
    found: dict[str, list[Any]] = {}
    for name in ("changes", "users", "tasks", "emails", "erasures"):
        rows = [{**each, "claim_id": "", "finished_at": None} for each in world.database[name].find({})]
        found[name] = sorted(rows, key=lambda each: str(each["_id"]))
    return found


def test_rebuild_survives_any_kill(
    crashes: Crasher, world: Scenario, changes: Path, reference: dict[str, list[Any]]
) -> None:
    arguments = {"settings": asdict(world.settings), "path": str(changes)}
    places = crashes.kill_points(FROM_FILE, FILES, arguments)
    assert documents(world) == reference
    for place in places:
        world.lose_database()
        assert crashes.run(FROM_FILE, FILES, place, arguments) is None
        marker = world.database.rebuilds.find_one({})
        if marker is None or marker["finished_at"] is None:
            assert rebuild(world, "--from-file", str(changes)).exit_code == 0
        else:
            # All that was left is what every start of the API does.
            services(world.restart()).get(Startup).run_once()
        assert documents(world) == reference
    assert_log_and_projection_agree(world.database)
