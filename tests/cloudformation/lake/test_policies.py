"""Key policies, and requests that the buckets refuse."""

from typing import Any

import pytest

from tests.cloudformation.rules.core import Json, registry, statements

USE = {"kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"}


def _statement(template: Json, resource: str, sid: str) -> Json:
    (found,) = [s for name, s in statements(template) if (name, s["Sid"]) == (resource, sid)]
    return found


def test_bronze_key_decrypts_only_for_its_roles(template: Json, environment: str) -> None:
    users = [
        statement.get("Condition")
        for name, statement in statements(template)
        if name == "BronzeKey" and {"kms:Decrypt", "kms:GenerateDataKey"} & set(statement["Action"])
    ]

    roles = f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/todo-insights/{environment}/bronze/*"
    assert users == [{"ArnLike": {"aws:PrincipalArn": {"Fn::Sub": roles}}}]


@pytest.mark.parametrize(("key", "sid"), [("BronzeKey", "UseByBronzeRoles"), ("LakeKey", "UseThroughIam")])
def test_use_of_a_key_is_reading_and_writing(key: str, sid: str, template: Json) -> None:
    assert set(_statement(template, key, sid)["Action"]) == USE


@pytest.mark.parametrize("key", ["BronzeKey", "LakeKey"])
def test_no_statement_allows_grants_of_a_key(key: str, template: Json) -> None:
    granted = {action for name, s in statements(template) if name == key for action in s["Action"]}

    assert "kms:CreateGrant" not in granted


@pytest.mark.parametrize("key", ["BronzeKey", "LakeKey"])
def test_stack_keeps_control_of_its_keys(key: str, template: Json) -> None:
    """CloudFormation can neither update nor delete a key whose policy does not allow the needed actions."""
    handlers = registry("AWS::KMS::Key")["handlers"]
    needed = {
        action for handler in ("read", "update", "delete") for action in handlers[handler]["permissions"]
    }

    assert "kms:ScheduleKeyDeletion" in needed
    assert needed <= set(_statement(template, key, "AdministerThroughIam")["Action"])


def _matches(condition: Json, headers: dict[str, str], key_arn: str) -> bool:
    """Evaluate two condition operators as IAM does: a negated operator also matches a missing header."""

    def value(expected: Any) -> Any:
        return key_arn if isinstance(expected, dict) else expected

    null = all((name not in headers) == (wanted == "true") for name, wanted in condition["Null"].items())
    (negated,) = [pairs for operator, pairs in condition.items() if "NotEquals" in operator]
    return null and all(headers.get(name) != value(expected) for name, expected in negated.items())


ALGORITHM = "s3:x-amz-server-side-encryption"
KEY_ID = "s3:x-amz-server-side-encryption-aws-kms-key-id"


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({}, False),
        ({ALGORITHM: "aws:kms"}, False),
        ({ALGORITHM: "aws:kms", KEY_ID: "ours"}, False),
        ({ALGORITHM: "AES256"}, True),
        ({ALGORITHM: "aws:kms:dsse"}, True),
        ({ALGORITHM: "aws:kms", KEY_ID: "theirs"}, True),
    ],
)
def test_upload_cannot_choose_another_key(headers: dict[str, str], refused: bool, template: Json) -> None:
    refusals = [
        _matches(_statement(template, "BronzeBucketPolicy", sid)["Condition"], headers, "ours")
        for sid in ("RefuseOtherAlgorithm", "RefuseOtherKey")
    ]

    assert any(refusals) == refused
