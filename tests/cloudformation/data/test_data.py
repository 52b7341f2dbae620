"""The database: its protection, its restore from a snapshot, and the disabled check of cfn-lint."""

import json
import re
from typing import Any

import pytest
from cfnlint import lint  # type: ignore[import-untyped]  # it has no types

from tests.cloudformation.rules.core import Json, of_type

STACK = "todo-insights-prod-data"
# https://docs.aws.amazon.com/documentdb/latest/developerguide/API_RestoreDBClusterFromSnapshot.html
CLUSTER_NAME = re.compile(r"(?=.{1,63}$)[a-z](-?[a-z0-9])*")
SNAPSHOTS = ["", "restored-2026-11-20", "restored-2026-11-21"]


def deployed(node: Any, snapshot: str) -> Any:
    """Evaluate a template expression as CloudFormation does; `snapshot` is the value of DatabaseSnapshot."""
    values = {"AWS::StackName": STACK, "DatabaseSnapshot": snapshot, "AWS::NoValue": None}
    match node:
        case {"Ref": str(name)} if name in values:
            return values[name]
        case {"Fn::If": ["Restored", then, otherwise]}:
            return deployed(then if snapshot else otherwise, snapshot)
        case {"Fn::Join": [str(separator), list(parts)]}:
            return separator.join(deployed(each, snapshot) for each in parts)
        case {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{([\w:]+)\}", lambda each: str(values.get(each[1], each[0])), text)
        case dict():
            found = {key: deployed(each, snapshot) for key, each in node.items()}
            return {key: each for key, each in found.items() if each is not None}
    return node


@pytest.mark.parametrize(("environment", "kept"), [("dev", "Delete"), ("prod", "Snapshot")])
def test_prod_keeps_more_than_dev(kept: str, resources: Json) -> None:
    cluster = resources["Cluster"]

    assert cluster["DeletionPolicy"] == kept
    assert cluster["UpdateReplacePolicy"] == "Snapshot"
    assert cluster["Properties"]["DeletionProtection"] is (kept == "Snapshot")


@pytest.mark.parametrize("environment", ["dev"])
def test_ignored_check_is_still_needed(template: Json) -> None:
    """When the linter knows the instance class, the ignored check must be enabled again."""
    del template["Resources"]["Instance1"]["Metadata"]

    assert {match.rule.id for match in lint(json.dumps(template))} == {"E3620"}


def test_no_other_check_is_ignored(templates: dict[str, Json]) -> None:
    metadata = [
        resource.get("Metadata", {})
        for template in templates.values()
        for resource in template["Resources"].values()
    ]
    ignored = [each["cfn-lint"]["config"]["ignore_checks"] for each in metadata if "cfn-lint" in each]

    assert all(checks == ["E3620"] for checks in ignored)


def test_each_restored_snapshot_gives_a_new_cluster(template: Json, resources: Json) -> None:
    """CloudFormation replaces a named cluster only if its name changes; a snapshot has its own password."""
    pattern = template["Parameters"]["DatabaseSnapshot"]["AllowedPattern"]
    clusters = [deployed(resources["Cluster"]["Properties"], each) for each in SNAPSHOTS]

    assert all(re.fullmatch(pattern, each) for each in SNAPSHOTS)
    assert not re.fullmatch(pattern, "x" * 40)
    assert len({each["DBClusterIdentifier"] for each in clusters}) == len(SNAPSHOTS)
    assert all(CLUSTER_NAME.fullmatch(each["DBClusterIdentifier"]) for each in clusters)
    assert [each.get("SnapshotIdentifier", "") for each in clusters] == SNAPSHOTS
    assert [{"MasterUsername", "MasterUserPassword"} & each.keys() == set() for each in clusters] == [
        False,
        True,
        True,
    ]


def test_all_clients_follow_a_restored_cluster(template: Json, resources: Json) -> None:
    """No client has a literal host name: each client refers to the host name of the cluster in the stack."""
    names = ("RotationFunction", "DatabaseUsers", "PipelineDatabaseSecret")
    clients = {"API": template["Outputs"]["DatabaseHost"]} | {name: resources[name] for name in names}
    host = re.compile(r'Cluster(?:\.|", ")Endpoint')
    instances = of_type(template, "AWS::DocDB::DBInstance").values()

    assert [name for name, each in clients.items() if not host.search(json.dumps(each))] == []
    assert resources["SecretAttachment"]["Properties"]["TargetId"] == {"Ref": "Cluster"}
    assert {each["DBClusterIdentifier"]["Ref"] for each in instances} == {"Cluster"}
