"""A lake of two whole days and two hours more, made once and copied for each test."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

import pytest
from pymongo import MongoClient

from tests.dags.activity import activity
from tests.dags.change_log import Document
from tests.dags.insights import Pipeline
from tests.dags.upkeep.days import FIRST, HOURS, NOW
from todo_insights.settings import ZONES, Settings

DATABASE = "todo_two_days"


def _settings(mongodb_uri: str, lake: Path) -> Settings:
    return Settings(
        mongodb_uri=mongodb_uri,
        mongodb_database=DATABASE,
        zone_uris=MappingProxyType({zone: f"{lake.as_uri()}/{zone}" for zone in ZONES}),
        catalog_uri=f"{lake.as_uri()}/catalog.sqlite",
        settle=timedelta(minutes=5),
    )


@pytest.fixture(scope="session")
def two_days(mongodb_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    lake = tmp_path_factory.mktemp("two_days") / "lake"
    with MongoClient[Document](mongodb_uri, tz_aware=True, retryWrites=False) as client:
        pipeline = Pipeline(_settings(mongodb_uri, lake), client[DATABASE], NOW - timedelta(hours=1))
        pipeline.live(activity(FIRST.start, len(HOURS), 400, seed=11))
        pipeline.publish(*HOURS)
    return lake


@pytest.fixture
def pipeline(mongodb_uri: str, two_days: Path, tmp_path: Path) -> Iterator[Pipeline]:
    """The pipeline over a copy of that lake; its log is everybody's, so what a test adds it takes away."""
    shutil.copytree(two_days, tmp_path / "lake")
    with MongoClient[Document](mongodb_uri, tz_aware=True, retryWrites=False) as client:
        database = client[DATABASE]
        known = {each["_id"] for each in database.changes.find({}, {"_id": 1})}
        yield Pipeline(_settings(mongodb_uri, tmp_path / "lake"), database, NOW)
        added = [each["_id"] for each in database.changes.find({}, {"_id": 1}) if each["_id"] not in known]
        database.changes.delete_many({"_id": {"$in": added}})
        database.insights.drop()
