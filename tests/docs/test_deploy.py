"""docs/deploy.md: every name on the page exists, and the policies have the required permissions."""

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import pytest

from cloudformation.settings import ENVIRONMENTS
from cloudformation.stacks import STACKS
from tests.cloudformation.rules.core import registry
from tools.data_folder import ROOT
from webapp.app import create_app
from webapp.core.settings import Settings
from webapp.database.connection import connect

Json = dict[str, Any]
PAGE = (ROOT / "docs/deploy.md").read_text()
# The resource schemas also list permissions for these services, but the templates use no feature that needs
# them.
UNUSED = {
    "billing", "docdb-elastic", "ecr", "elasticfilesystem", "firehose", "lakeformation", "redshift",
    "redshift-serverless", "s3files", "s3tables", "sso", "vpc-lattice", "vpce",
}  # fmt: skip
# The stacks create no managed policies and set no permissions boundaries, so no deployment calls these
# actions.
UNUSED_ACTIONS = {"iam:CreatePolicy", "iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary"}
# The prefix of the IAM actions of each boto3 client whose name differs from this prefix.
PREFIXES = {
    "docdb": "rds",
    "mwaa": "airflow",
    "resourcegroupstaggingapi": "tag",
    "service-quotas": "servicequotas",
}
# https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
NEEDS_NO_PERMISSION = {"sts"}


@cache
def templates() -> dict[str, Json]:
    return {
        path.as_posix(): json.loads(path.read_text())
        for path in ROOT.glob("cloudformation/templates/*/*.json")
    }


def statements() -> dict[str, Json]:
    policy = json.loads((ROOT / "docs/deploy-policy.json").read_text())
    return {statement["Sid"]: statement for statement in policy["Statement"]}


def allowed() -> list[str]:
    return [action for statement in statements().values() for action in _as_list(statement["Action"])]


def resources() -> Iterator[Json]:
    return (body for template in templates().values() for body in template["Resources"].values())


@pytest.mark.parametrize("kind", sorted({body["Type"] for body in resources()}))
def test_deployment_role_has_permissions_for_every_resource(kind: str) -> None:
    # The schemas of DocumentDB list no permissions, and DocumentDB uses the API of RDS.
    handlers = registry(kind).get("handlers", {"all": {"permissions": ["rds:CreateDBCluster"]}})
    needed = {action for handler in handlers.values() for action in handler.get("permissions", ())}
    used = {action for action in needed if action.partition(":")[0] not in UNUSED} - UNUSED_ACTIONS
    assert [
        action for action in sorted(used) if not any(_covers(permission, action) for permission in allowed())
    ] == []


def test_deploying_role_may_call_every_service_of_the_deployment() -> None:
    called = {
        service
        for path in ROOT.glob("cloudformation/**/*.py")
        for service in re.findall(r"client\([\"']([a-z0-9-]+)[\"']\)", path.read_text())
    }
    prefixes = {action.partition(":")[0] for action in allowed()}
    assert len(called) >= 5
    assert {PREFIXES.get(service, service) for service in called} - NEEDS_NO_PERMISSION <= prefixes


def test_deployment_role_passes_roles_to_their_services() -> None:
    trusted = {
        service
        for body in resources()
        if body["Type"] == "AWS::IAM::Role"
        for statement in body["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        for service in _as_list(statement["Principal"].get("Service", []))
    }
    passed = statements()["RolesOfOursForTheirServices"]["Condition"]["StringEquals"]["iam:PassedToService"]
    # The deployment role does not pass the role for EMR Serverless; Airflow passes this role when it starts a
    # history rebuild.
    assert trusted == {*passed, "emr-serverless.amazonaws.com"}


def test_deployment_role_changes_only_roles_of_product() -> None:
    writing = [
        statement
        for statement in statements().values()
        if any(re.match(r"iam:(?!List)", action) for action in _as_list(statement["Action"]))
    ]
    assert len(writing) == 3
    assert "*" not in [resource for statement in writing for resource in _as_list(statement["Resource"])]
    assert [action for action in allowed() if fnmatchcase(action, "iam:*[*]*")] == []


def test_github_may_assume_roles_from_one_environment() -> None:
    trust = next(block for block in _json_blocks() if "sts:AssumeRoleWithWebIdentity" in json.dumps(block))
    claims = trust["Statement"][0]["Condition"]["StringEquals"]
    token = "token.actions.githubusercontent.com"
    assert claims[f"{token}:aud"] == "sts.amazonaws.com"
    assert re.fullmatch(r"repo:[^:*]+/[^:*]+:environment:(\w+)", claims[f"{token}:sub"])
    assert trust["Statement"][0]["Principal"]["Federated"].endswith(f":oidc-provider/{token}")


def test_planning_role_is_read_only() -> None:
    policy = next(block for block in _json_blocks() if "CreateChangeSet" in json.dumps(block))
    actions = {action for statement in policy["Statement"] for action in _as_list(statement["Action"])}
    assert "cloudformation:ExecuteChangeSet" not in actions
    assert not [action for action in actions if "*" in action]


def test_named_outputs_exist() -> None:
    outputs = {name for template in templates().values() for name in template.get("Outputs", ())}
    named = set(re.findall(r"[`\"$]([A-Z][A-Za-z]+(?:Name|Host|Url|Arn|Path))[`\"]", PAGE))
    assert len(named) >= 5
    assert named <= outputs


def test_every_stack_is_in_the_table() -> None:
    rows = re.findall(r"^\| (\d) \| `(\w+)` \|", PAGE, re.MULTILINE)
    assert {stack for _, stack in rows} == set(STACKS)


def test_named_variables_exist() -> None:
    files = [path for path in ROOT.glob("cloudformation/**/*") if path.suffix in {".py", ".yaml"}]
    code = " ".join(path.read_text() for path in files)
    named = {name for name in re.findall(r"\b([A-Z]+_[A-Z_]+)=", PAGE) if not name.startswith("AWS_")}
    assert len(named) >= 5
    assert [name for name in sorted(named - {"TODO_LIVE"}) if name not in code] == []


def test_named_routes_are_served() -> None:
    settings = Settings(jwt_secret="x" * 32, mongodb_uri="mongodb://127.0.0.1:9/?connect=false")
    app = create_app(settings, database := connect(settings))
    served = {(verb, rule.rule) for rule in app.url_map.iter_rules() for verb in rule.methods or ()}
    database.client.close()
    named = set(re.findall(r"\b(GET|POST|PUT|PATCH|DELETE) (/[a-z0-9/]+)", PAGE))
    assert len(named) == 3
    assert named | {("GET", "/health/ready")} <= served


@pytest.mark.parametrize("name", sorted(ENVIRONMENTS))
def test_environment_table_agrees_with_settings(name: str) -> None:
    settings, column = ENVIRONMENTS[name], _column(name)
    expected = {
        "database": f"{settings.backup_days} days of backups"
        if name == "dev"
        else f"{settings.backup_days} days",
        "API": f"{settings.web_instances[0]} to {settings.web_instances[1]}",
        "Airflow": f"`{settings.airflow_class}`",
        "logs, budget": f"{settings.log_days} days, ${settings.monthly_budget}",
    }
    assert [value for title, value in expected.items() if value not in column[title]] == []


def test_messages_are_quoted() -> None:
    code = " ".join(path.read_text() for path in ROOT.glob("cloudformation/**/*.py"))
    assert re.findall(r"\| \*(would be replaced or removed)\*", PAGE)
    messages = ("would be replaced or removed", "Wait for the end of this operation")
    assert [text for text in messages if text not in code] == []


def test_key_deletion_days_agree_with_settings() -> None:
    dev, prod = (ENVIRONMENTS[name].key_deletion_days for name in ("dev", "prod"))
    assert f"| {dev} days in dev, {prod} in prod |" in PAGE


def _column(environment: str) -> dict[str, str]:
    table = PAGE.partition("\n| | dev | prod |\n")[2].partition("\n\n")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[1:]]
    return {row[0]: row[1 + sorted(ENVIRONMENTS).index(environment)] for row in rows}


def _json_blocks() -> list[Json]:
    return [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]


def _as_list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _covers(permission: str, action: str) -> bool:
    return fnmatchcase(action.lower(), permission.lower())
