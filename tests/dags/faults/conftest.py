"""Fixtures: a separate hour for each test, and one proxy for all tests."""

from collections.abc import Iterator

import pytest

from tests.aws import aws_at
from tests.dags.faults.proxy import Proxy, proxy_to
from tests.dags.faults.stepped_hour import SteppedHour
from todo_insights.catalog.stores import Stores, open_stores
from todo_insights.core.aws import Aws, RetryPolicy
from todo_insights.core.settings import Settings
from todo_insights.hourly.extract import Changes


@pytest.fixture(scope="session")
def proxy(aws_address: str) -> Iterator[Proxy]:
    with proxy_to(aws_address) as opened:
        yield opened


@pytest.fixture
def stepped(changes: Changes, aws_settings: Settings, aws: Aws) -> SteppedHour:
    """A lake with a stepped hour (stepped_hour.py) whose first step is published; readers use no proxy."""
    made = SteppedHour(changes, open_stores(aws_settings, aws))
    made.step()
    made.publish_all_steps()
    return made


@pytest.fixture
def oracle(stepped: SteppedHour, settings: Settings) -> Stores:
    """A second lake of the same change log, in a folder and without faults; it gives the expected content."""
    return open_stores(settings)


@pytest.fixture(scope="session")
def with_retries(proxy: Proxy) -> Aws:
    """AWS clients that use the proxy and retry requests as in production, but with shorter timeouts."""
    return aws_at(proxy.address, RetryPolicy(read_seconds=1))


@pytest.fixture(scope="session")
def without_retries(proxy: Proxy) -> Aws:
    """AWS clients that use the proxy, without retries."""
    return aws_at(proxy.address, RetryPolicy(attempts=1, read_seconds=1))
