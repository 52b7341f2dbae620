"""A world of one's own for each test, and one proxy for all."""

from collections.abc import Iterator

import pytest

from tests.aws import aws_at
from tests.dags.faults.proxy import Proxy, proxy_to
from tests.dags.faults.world import World
from todo_insights.core.aws import Aws, RetryPolicy
from todo_insights.core.settings import Settings
from todo_insights.hourly.extract import Changes
from todo_insights.lake.stores import Stores, open_stores


@pytest.fixture(scope="session")
def proxy(aws_address: str) -> Iterator[Proxy]:
    with proxy_to(aws_address) as opened:
        yield opened


@pytest.fixture
def world(changes: Changes, aws_settings: Settings, aws: Aws) -> World:
    """A lake that has seen its first step; readers do not go through the proxy."""
    made = World(changes, open_stores(aws_settings, aws))
    made.step()
    made.settle_down()
    return made


@pytest.fixture
def oracle(world: World, settings: Settings) -> Stores:
    """Where the same source goes undisturbed, into a folder."""
    return open_stores(settings)


@pytest.fixture(scope="session")
def patient(proxy: Proxy) -> Aws:
    """AWS behind the proxy; requests are tried again as in production, but silence is not borne as long."""
    return aws_at(proxy.address, RetryPolicy(read_seconds=1))


@pytest.fixture(scope="session")
def impatient(proxy: Proxy) -> Aws:
    """AWS behind the proxy; every request is tried once."""
    return aws_at(proxy.address, RetryPolicy(attempts=1, read_seconds=1))
