"""Fixtures: a scenario with two users (on files, or on S3 and Glue), and a lake of two days and two hours."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

import pytest
from argon2 import PasswordHasher
from pymongo import MongoClient

from tests.dags.activity import activity
from tests.dags.change_log import Document
from tests.dags.insights import Pipeline
from tests.dags.maintenance.days import FIRST, HOURS, NOW
from tests.dags.maintenance.erasure_scenario import BEGINNING, ErasureScenario, create_scenario
from tests.dags.maintenance.personas import Api
from todo_insights.core.aws import Aws
from todo_insights.core.database import open_database
from todo_insights.core.settings import ZONES, Settings
from webapp.auth import hashing

ON_AWS = "S3 and Glue"
TWO_DAYS = "todo_two_days"


def quick_hasher() -> PasswordHasher:
    """A real password hasher with minimal costs, so that tests are fast."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(params=["files"])
def scenario(
    request: pytest.FixtureRequest, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ErasureScenario]:
    """The scenario with two users, on files by default; a test selects S3 and Glue with ON_AWS."""
    monkeypatch.setattr(hashing, "PasswordHasher", quick_hasher)
    aws: Aws | None = None
    if request.param == ON_AWS:
        settings, aws = request.getfixturevalue("aws_settings"), request.getfixturevalue("aws")
    api = Api(settings, BEGINNING)
    with open_database(settings) as database:
        yield create_scenario(api, settings, database, aws)
    api.close()


def _settings(mongodb_uri: str, lake: Path) -> Settings:
    return Settings(
        mongodb_uri=mongodb_uri,
        mongodb_database=TWO_DAYS,
        zone_uris=MappingProxyType({zone: f"{lake.as_uri()}/{zone}" for zone in ZONES}),
        catalog_uri=f"{lake.as_uri()}/catalog.sqlite",
        settle=timedelta(minutes=5),
    )


@pytest.fixture(scope="session")
def two_days(mongodb_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    lake = tmp_path_factory.mktemp("two_days") / "lake"
    with MongoClient[Document](mongodb_uri, tz_aware=True, retryWrites=False) as client:
        pipeline = Pipeline(_settings(mongodb_uri, lake), client[TWO_DAYS], NOW - timedelta(hours=1))
        pipeline.insert(activity(FIRST.start, len(HOURS), 400, seed=11))
        pipeline.publish(*HOURS)
    return lake


@pytest.fixture
def pipeline(mongodb_uri: str, two_days: Path, tmp_path: Path) -> Iterator[Pipeline]:
    """The pipeline with a copy of the lake `two_days`.

    All tests share the log of this lake, so changes that a test has added are deleted at the end of the test.
    """
    shutil.copytree(two_days, tmp_path / "lake")
    with MongoClient[Document](mongodb_uri, tz_aware=True, retryWrites=False) as client:
        database = client[TWO_DAYS]
        known = {each["_id"] for each in database.changes.find({}, {"_id": 1})}
        yield Pipeline(_settings(mongodb_uri, tmp_path / "lake"), database, NOW)
        added = [each["_id"] for each in database.changes.find({}, {"_id": 1}) if each["_id"] not in known]
        database.changes.delete_many({"_id": {"$in": added}})
        database.insights.drop()
