"""A world of two people for each test, on files or on S3 and Glue."""

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from tests.dags.upkeep.life import Api
from tests.dags.upkeep.world import BEGINNING, World, live
from todo_insights.aws import Aws
from todo_insights.database import open_database
from todo_insights.settings import Settings
from webapp.auth import credentials

ON_AWS = "S3 and Glue"


def quick_hasher() -> PasswordHasher:
    """The real thing with the least work."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(params=["files"])
def world(
    request: pytest.FixtureRequest, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    """On files unless a test asks for ON_AWS as well."""
    monkeypatch.setattr(credentials, "PasswordHasher", quick_hasher)
    aws: Aws | None = None
    if request.param == ON_AWS:
        settings, aws = request.getfixturevalue("aws_settings"), request.getfixturevalue("aws")
    api = Api(settings, BEGINNING)
    with open_database(settings) as database:
        yield live(api, settings, database, aws)
    api.close()
