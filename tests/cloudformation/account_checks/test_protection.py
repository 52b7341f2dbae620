"""Switching the protection of the database off; moto knows the cluster API, if not the engine."""

from collections.abc import Callable
from typing import Any

import pytest

from cloudformation.account.protection import lift_protection
from cloudformation.errors import DeployError
from tests.cloudformation.account_checks.answers import answering

Client = Callable[[str], Any]
CLUSTER = "todo-insights-prod-data"


def make_cluster(docdb: Any, *, protected: bool) -> None:
    docdb.create_db_cluster(
        DBClusterIdentifier=CLUSTER,
        Engine="aurora-postgresql",
        MasterUsername="todo",
        MasterUserPassword="not-a-secret",
        DeletionProtection=protected,
    )


def test_protected_cluster_can_be_deleted_afterwards(client: Client) -> None:
    docdb = client("docdb")
    make_cluster(docdb, protected=True)

    assert lift_protection(docdb, CLUSTER, _never)

    docdb.delete_db_cluster(DBClusterIdentifier=CLUSTER, SkipFinalSnapshot=True)


def test_unprotected_cluster_is_left_alone(client: Client) -> None:
    make_cluster(client("docdb"), protected=False)

    assert not lift_protection(client("docdb"), CLUSTER, _never)


def test_missing_cluster_is_not_protected(client: Client) -> None:
    assert not lift_protection(client("docdb"), CLUSTER, _never)


def test_change_is_waited_for() -> None:
    states = iter([("available", True), ("available", True), ("modifying", False), ("available", False)])
    slept: list[float] = []

    assert lift_protection(_changing(states), CLUSTER, slept.append)

    assert len(slept) == 2
    assert not list(states)


def test_change_that_never_comes_is_told() -> None:
    states = iter([("available", True)] + [("upgrading", True)] * 100)

    with pytest.raises(
        DeployError, match=f"{CLUSTER} has not taken up .* status is upgrading. Run the command"
    ):
        lift_protection(_changing(states), CLUSTER, lambda seconds: None)


def _changing(states: Any) -> Any:
    """DocumentDB that finds the cluster in one state after the other."""

    def described(asked: Any) -> Any:
        status, protected = next(states)
        cluster = {"DBClusterIdentifier": CLUSTER, "Status": status, "DeletionProtection": protected}
        return {"DBClusters": [cluster]}

    return answering("docdb", DescribeDBClusters=described, ModifyDBCluster=lambda asked: {})


def _never(seconds: float) -> None:
    raise AssertionError(f"nothing to wait {seconds} s for")
