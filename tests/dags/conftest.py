"""Fixtures: an empty lake and an empty log for each test, and the clients of AWS."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from uuid import uuid4

import pytest
from pymongo import MongoClient

from tests.aws import aws_at, on_aws
from tests.dags.change_log import Document
from todo_insights.core.aws import Aws
from todo_insights.core.settings import ZONES, Settings
from todo_insights.hourly.extract import Changes
from tools.data_folder import DataFolder
from tools.services.aws import IDENTITY, aws_server


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


@pytest.fixture(scope="session")
def aws_address(data_folder: DataFolder) -> Iterator[str]:
    """The address of the moto server, which imitates AWS in the tests."""
    with aws_server(data_folder.log("aws")) as address:
        yield address


@pytest.fixture(scope="session")
def aws(aws_address: str) -> Aws:
    """The AWS clients of the pipeline, shared by all tests."""
    return aws_at(aws_address)


@pytest.fixture
def aws_settings(settings: Settings, aws_address: str, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of an empty lake on S3 and Glue; AWS credentials are in the environment variables."""
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)
    return on_aws(settings, aws_address, aws)
