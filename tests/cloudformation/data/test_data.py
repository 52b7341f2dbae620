"""The database: its size, its protection, and the secret with its password."""

import json

import pytest
from cfnlint import lint  # type: ignore[import-untyped]  # it has no types

from tests.cloudformation.rules.core import Json


@pytest.mark.parametrize(
    ("environment", "kept", "days"), [("dev", "Delete", 7), ("prod", "Snapshot", 35)], ids=["dev", "prod"]
)
def test_prod_keeps_more_than_dev(kept: str, days: int, resources: Json) -> None:
    cluster = resources["Cluster"]

    assert cluster["DeletionPolicy"] == kept
    assert cluster["UpdateReplacePolicy"] == "Snapshot"
    assert cluster["Properties"]["DeletionProtection"] is (kept == "Snapshot")
    assert cluster["Properties"]["BackupRetentionPeriod"] == days


def test_user_and_password_are_looked_up(resources: Json) -> None:
    cluster = resources["Cluster"]["Properties"]

    assert [cluster["MasterUsername"], cluster["MasterUserPassword"]] == [
        {"Fn::Sub": f"{{{{resolve:secretsmanager:${{DatabaseSecretArn}}:SecretString:{field}}}}}"}
        for field in ("username", "password")
    ]


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
