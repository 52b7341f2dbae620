"""Alarms and budgets can send alerts: the policies of the topic and of its key allow both services."""

import json
import re

from tests.cloudformation.rules.core import Json, of_type, statements

ALERTING = {"Service": ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]}


def test_alarms_and_budgets_may_publish(template: Json) -> None:
    (statement,) = [
        s for name, s in statements(template) if (name, s.get("Sid")) == ("AlertTopicPolicy", "PublishAlerts")
    ]

    assert statement["Principal"] == ALERTING
    assert statement["Action"] == ["sns:Publish"]


def test_key_of_the_topic_lets_them_in(template: Json, resources: Json) -> None:
    (statement,) = [
        s for name, s in statements(template) if (name, s.get("Sid")) == ("SignalKey", "PublishAlerts")
    ]

    assert resources["AlertTopic"]["Properties"]["KmsMasterKeyId"] == {"Fn::GetAtt": ["SignalKey", "Arn"]}
    assert statement["Principal"] == ALERTING
    assert set(statement["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey"}


def test_no_address_is_in_the_template(template: Json) -> None:
    addresses = re.findall(r"\w+@[\w.]+", json.dumps(template))

    assert {each.partition("@")[2] for each in addresses} == {"example.com"}
    assert template["Parameters"]["AlertEmail"]["Default"] == ""


def test_secrets_fit_into_an_address(template: Json) -> None:
    for secret in of_type(template, "AWS::SecretsManager::Secret").values():
        assert secret["GenerateSecretString"]["ExcludePunctuation"] is True
        assert secret["GenerateSecretString"]["PasswordLength"] == 64


def test_grants_are_only_for_services(template: Json) -> None:
    grants = [s for _, s in statements(template) if "kms:CreateGrant" in s["Action"]]

    assert [s["Condition"] for s in grants] == [{"Bool": {"kms:GrantIsForAWSResource": "true"}}]
