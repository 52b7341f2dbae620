"""`flask sample-data`: its output, and the options that it refuses."""

from dataclasses import replace

from click.testing import Result
from flask import Flask

from tests.invariants import assert_log_and_projection_agree
from webapp.app import create_app
from webapp.core.settings import Settings
from webapp.database.connection import Database
from webapp.sample.timeline import PASSWORD

UNTIL = "2026-11-20T09"


def sample_data(app: Flask, users: int = 1, until: str | None = UNTIL, seed: str | None = "7") -> Result:
    given = {"--seed": seed, "--until": until}
    options = ["--users", str(users), "--days", "1"]
    options += [part for name, value in given.items() if value for part in (name, value)]
    return app.test_cli_runner().invoke(args=["sample-data", *options])


def test_command_prints_how_to_log_in(app: Flask, database: Database) -> None:
    result = sample_data(app)
    said = " ".join(result.output.split())
    count = database.changes.count_documents({})
    assert f"Wrote {count} changes by 1 user up to 2026-11-20 09:00 UTC." in said
    assert f"ada.7.0@example.com with the password “{PASSWORD}”" in said
    proof = {"email": "ada.7.0@example.com", "password": PASSWORD}
    assert app.test_client().post("/api/v1/auth/login", json=proof).status_code == 200
    assert_log_and_projection_agree(database)


def test_history_ends_at_this_hour(app: Flask, database: Database) -> None:
    """The clock of the application is at 09:30, so the history ends at 09:00."""
    assert "up to 2026-11-20 09:00 UTC" in " ".join(sample_data(app, until=None).output.split())


def test_second_run_changes_nothing(app: Flask, database: Database) -> None:
    first = sample_data(app).output
    before = list(database.changes.find({}))
    again = sample_data(app)
    assert (again.exit_code, list(database.changes.find({}))) == (0, before)
    assert f"This sample exists already: {len(before)} changes by 1 user" in again.output
    assert again.output.splitlines()[-1] == first.splitlines()[-1]


def test_other_run_of_same_seed_is_refused(app: Flask, database: Database) -> None:
    sample_data(app)
    before = list(database.changes.find({}))
    result = sample_data(app, until="2026-11-20T08")
    assert (result.exit_code, result.exception.__class__) == (1, SystemExit)
    assert "choose another seed" in " ".join(result.output.split())
    assert list(database.changes.find({})) == before


def test_without_seed_a_later_run_gets_other_users(app: Flask, database: Database) -> None:
    for seed, until in ((7, UNTIL), (8, "2026-11-20T10"), (7, UNTIL)):
        result = sample_data(app, until=until, seed=None)
        assert (result.exit_code, f"ada.{seed}.0@example.com" in result.output) == (0, True)
        assert ("this sample have the seed 8" in result.output) is (seed == 8)
    assert database.users.count_documents({}) == 2
    assert_log_and_projection_agree(database)


def test_sample_users_stay_out_of_production(settings: Settings, database: Database) -> None:
    result = sample_data(create_app(replace(settings, environment="production"), database))
    assert (result.exit_code, database.list_collection_names()) == (1, [])
    assert "known password" in result.output


def test_invalid_options_are_refused(app: Flask, database: Database) -> None:
    for options in ({"users": 0}, {"seed": "-1"}, {"until": "yesterday"}):
        assert sample_data(app, **options).exit_code == 2
    assert database.list_collection_names() == []
