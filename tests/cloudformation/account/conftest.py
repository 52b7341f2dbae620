"""An account, the S3 it stands in, and an operator who does by hand what the deploy tool does."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from tests.cloudformation.account.fake import FakeAccount
from tests.cloudformation.account.operator import Operator
from tests.cloudformation.account.wire import session


@pytest.fixture
def s3() -> Iterator[Any]:
    with mock_aws():
        yield session().client("s3")


@pytest.fixture
def account() -> FakeAccount:
    """An account without any other service; its buckets are names alone."""
    return FakeAccount()


@pytest.fixture
def operator(account: FakeAccount) -> Operator:
    return Operator(account)
