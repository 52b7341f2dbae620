"""Keys at the end of a teardown: scheduled for deletion unless data lies under them."""

from collections.abc import Callable
from typing import Any

from cloudformation.account.keys import delete_keys
from cloudformation.settings import Settings
from tests.cloudformation.account_checks.answers import answering, instead

Client = Callable[[str], Any]


def make_key(client: Client, settings: Settings) -> str:
    tags = [{"TagKey": key, "TagValue": value} for key, value in settings.tags.items()]
    arn: str = client("kms").create_key(Tags=tags)["KeyMetadata"]["Arn"]
    return arn


def using(client: Client, *, cluster: str = "", snapshot: str = "") -> Client:
    """The account, but with a database and a snapshot under these keys."""
    clusters = [{"KmsKeyId": cluster}] if cluster else [{}]
    snapshots = [{"KmsKeyId": snapshot}] if snapshot else [{}]
    docdb = answering(
        "docdb",
        DescribeDBClusters=lambda asked: {"DBClusters": clusters},
        DescribeDBClusterSnapshots=lambda asked: {"DBClusterSnapshots": snapshots},
    )
    return instead(client, docdb=docdb)


def test_key_that_nobody_needs_is_deleted(client: Client, prod: Settings) -> None:
    key = make_key(client, prod)

    assert delete_keys(using(client), prod) == [key]

    assert client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    assert delete_keys(using(client), prod) == []


def test_key_of_data_that_stays_is_kept(client: Client, prod: Settings) -> None:
    restored, kept = make_key(client, prod), make_key(client, prod)

    assert delete_keys(using(client, cluster=restored, snapshot=kept), prod) == []


def test_key_of_another_environment_is_kept(client: Client, dev: Settings, prod: Settings) -> None:
    make_key(client, dev)

    assert delete_keys(using(client), prod) == []
