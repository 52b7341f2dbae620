"""`python -m tests.upgrades.record NUMBER`: stores what this version writes, for the tests of later versions.

The folder tests/fixtures/release-NUMBER gets the database and the answers of tests/scenario.py, the claims of
the tokens of its users, and a lake with the first two hours.
"""

import base64
import json
import shutil
import sqlite3
import sys
import tempfile
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bson import json_util

from tests.conftest import HUNDRED_YEARS_IN_MINUTES, NO_LIMITS, SECRET
from tests.scenario import HOURS, Pipeline, Scenario
from tests.webapp.conftest import PASSWORD, quick_hasher
from tools.data_folder import ROOT, DataFolder
from tools.services import database as server
from tools.supervision.ports import free_port
from webapp.auth import hashing
from webapp.core.settings import Settings
from webapp.database.connection import connect

FIXTURES = ROOT / "tests" / "fixtures"
LOGIN = "/api/v1/auth/login"


def settings(mongodb_uri: str, name: str) -> Settings:
    """Return the settings with which documents are recorded and read."""
    return Settings(
        jwt_secret=SECRET,
        mongodb_uri=mongodb_uri,
        mongodb_database=name,
        access_token_minutes=HUNDRED_YEARS_IN_MINUTES,
        database_timeout_ms=20_000,
        **NO_LIMITS,
    )


def main(number: int) -> None:
    """Record this version as the release `number`; replaces an existing record of this number."""
    with tempfile.TemporaryDirectory() as name, patch.object(hashing, "PasswordHasher", quick_hasher):
        folder = DataFolder(Path(name))
        (folder.path / "logs").mkdir()
        service = server.start(folder, port := free_port())
        try:
            _record(FIXTURES / f"release-{number}", server.uri(port), folder.path / "lake")
        finally:
            service.stop()


def _record(target: Path, uri: str, lake: Path) -> None:
    scenario = Scenario(settings(uri, "release"), connect(settings(uri, "release")))
    scenario.run()
    tokens = {name: _tokens(scenario, name) for name in scenario.people}
    pipeline = Pipeline.of(scenario, lake)
    pipeline.publish(*HOURS[:2])
    pipeline.write_back(*HOURS[:2])
    # No request after this line may write, because the answers must belong to the recorded documents.
    documents = {
        each: list(scenario.database[each].find({}).sort("_id", 1))
        for each in sorted(scenario.database.list_collection_names())
    }
    people = {
        name: {
            "email": each.email,
            "user_id": each.user_id,
            "task_ids": each.task_ids,
            "tokens": tokens[name],
        }
        for name, each in scenario.people.items()
    }
    answers = {
        name: {path: body for path, (_, _, body) in each.items()} for name, each in scenario.answers().items()
    }
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(lake, target / "lake", ignore=shutil.ignore_patterns("catalog.sqlite*"))
    with sqlite3.connect(lake / "catalog.sqlite") as catalog:
        (target / "lake" / "catalog.sql").write_text("\n".join(catalog.iterdump()) + "\n", "utf-8")
    _write(target / "database.json", documents)
    _write(target / "people.json", people)
    _write(target / "answers.json", answers)


def _tokens(scenario: Scenario, name: str) -> dict[str, Any]:
    """Log in; return header and claims of both tokens. Tests sign the claims, so no valid token is stored."""
    credentials = {"email": scenario.people[name].email, "password": PASSWORD}
    tokens = scenario.client.post(LOGIN, json=credentials).json or {}
    return {
        kind: [_decode(part) for part in tokens[kind].split(".")[:2]]
        for kind in ("access_token", "refresh_token")
    }


def _decode(part: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def _write(path: Path, content: Any) -> None:
    path.write_text(json_util.dumps(content, ensure_ascii=False, sort_keys=True, indent=0) + "\n", "utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]))
