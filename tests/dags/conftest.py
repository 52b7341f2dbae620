"""An empty lake and an empty log for each test."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from uuid import uuid4

import pytest
from pymongo import MongoClient

from tests.dags.change_log import Document
from todo_insights.hourly.extract import Changes
from todo_insights.settings import ZONES, Settings


@pytest.fixture
def settings(mongodb_uri: str, tmp_path: Path) -> Settings:
    lake = (tmp_path / "lake").as_uri()
    return Settings(
        mongodb_uri=mongodb_uri,
        mongodb_database=f"todo_{uuid4().hex[:12]}",
        zone_uris=MappingProxyType({zone: f"{lake}/{zone}" for zone in ZONES}),
        catalog_uri=f"{lake}/catalog.sqlite",
        settle=timedelta(minutes=5),
    )


@pytest.fixture
def changes(settings: Settings) -> Iterator[Changes]:
    with MongoClient[Document](settings.mongodb_uri, tz_aware=True, retryWrites=False) as client:
        collection = client[settings.mongodb_database]["changes"]
        collection.create_index("at")
        yield collection
