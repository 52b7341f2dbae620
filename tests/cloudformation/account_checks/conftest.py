"""An empty account for each test: moto's server, and clients as boto3 makes them."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import boto3
import pytest
import requests

from cloudformation.settings import ENVIRONMENTS, Settings
from tests.aws import IDENTITY, REGION, aws_server
from tests.cloudformation.account_checks.answers import instead
from tests.cloudformation.account_checks.services import PLATFORM, certificate, platforms, quotas, tags

Client = Callable[[str], Any]


@pytest.fixture(scope="session")
def account_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with aws_server(tmp_path_factory.mktemp("aws") / "log") as address:
        yield address


@pytest.fixture(scope="session")
def clients(account_address: str) -> Client:
    session = boto3.Session(
        aws_access_key_id=IDENTITY["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=IDENTITY["AWS_SECRET_ACCESS_KEY"],
        region_name=REGION,
    )
    return cache(lambda service: session.client(service, endpoint_url=account_address))


@pytest.fixture
def client(clients: Client, account_address: str) -> Client:
    requests.post(f"{account_address}/moto-api/reset", timeout=60).raise_for_status()
    return clients


@pytest.fixture
def dev() -> Settings:
    return ENVIRONMENTS["dev"]


@pytest.fixture
def prod() -> Settings:
    return ENVIRONMENTS["prod"]


@pytest.fixture(scope="session")
def parts() -> dict[str, Any]:
    """Clients in whose services nothing is missing."""
    return {
        "acm": certificate(),
        "ce": tags("Active"),
        "elasticbeanstalk": platforms(PLATFORM),
        "service-quotas": quotas(),
    }


@pytest.fixture
def account(client: Client, parts: dict[str, Any]) -> Client:
    """An account in which nothing is missing."""
    return instead(client, **parts)
