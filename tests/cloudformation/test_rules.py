"""Both templates keep the rules, and each rule notices the fault it is there for."""

from collections.abc import Callable
from typing import Any

import pytest

from cloudformation.settings import ENVIRONMENTS
from tests.cloudformation import rules
from tests.cloudformation.rules import Json, Rule


def _by_name(rule: Rule) -> str:
    return rule.__name__


@pytest.mark.parametrize("rule", rules.RULES, ids=_by_name)
def test_template_keeps_the_rule(rule: Rule, template: Json) -> None:
    assert rule(template) == []


def _properties(template: Json, name: str) -> Any:
    return template["Resources"][name]["Properties"]


def _lose_a_tag(template: Json) -> None:
    del _properties(template, "Workgroup")["Tags"][0]


def _empty_a_tag(template: Json) -> None:
    _properties(template, "LakeKey")["Tags"][0]["Value"] = ""


def _lose_all_tags(template: Json) -> None:
    del _properties(template, "BronzeBucket")["Tags"]


def _name_the_bucket(template: Json) -> None:
    _properties(template, "GoldBucket")["BucketName"] = "todo-insights-gold"


def _name_the_workgroup(template: Json) -> None:
    _properties(template, "Workgroup")["Name"] = "todo-insights"


def _name_the_database(template: Json) -> None:
    _properties(template, "Database")["DatabaseInput"]["Name"] = "todo_insights"


def _drop_the_tls_statement(template: Json) -> None:
    del _properties(template, "SilverBucketPolicy")["PolicyDocument"]["Statement"][0]


def _drop_a_bucket_policy(template: Json) -> None:
    del template["Resources"]["AccessLogBucketPolicy"]


def _refuse_http_for_objects_only(template: Json) -> None:
    del _properties(template, "GoldBucketPolicy")["PolicyDocument"]["Statement"][0]["Resource"][0]


def _refuse_https_instead(template: Json) -> None:
    statement = _properties(template, "GoldBucketPolicy")["PolicyDocument"]["Statement"][0]
    statement["Condition"]["Bool"]["aws:SecureTransport"] = "true"


def _allow_public_policies(template: Json) -> None:
    _properties(template, "ResultBucket")["PublicAccessBlockConfiguration"]["BlockPublicPolicy"] = False


def _stop_versioning(template: Json) -> None:
    _properties(template, "BronzeBucket")["VersioningConfiguration"]["Status"] = "Suspended"


def _moves(template: Json) -> Any:
    return _properties(template, "BronzeBucket")["LifecycleConfiguration"]["Rules"][0]["Transitions"]


def _move_to_a_warmer_class(template: Json) -> None:
    _moves(template)[1]["StorageClass"] = "DEEP_ARCHIVE"
    _moves(template)[2]["StorageClass"] = "GLACIER"


def _move_too_early(template: Json) -> None:
    _moves(template)[0]["TransitionInDays"] = 7


def _leave_a_class_too_early(template: Json) -> None:
    _moves(template)[2]["TransitionInDays"] = 120


def _allow_every_action(template: Json) -> None:
    _properties(template, "BronzeKey")["KeyPolicy"]["Statement"][0]["Action"] = ["kms:*"]


FAULTS: list[tuple[Callable[[Json], None], Rule]] = [
    (_lose_a_tag, rules.tags_missing),
    (_empty_a_tag, rules.tags_missing),
    (_lose_all_tags, rules.tags_missing),
    (_name_the_bucket, rules.fixed_names),
    (_name_the_workgroup, rules.fixed_names),
    (_name_the_database, rules.fixed_names),
    (_drop_the_tls_statement, rules.plain_http_allowed),
    (_drop_a_bucket_policy, rules.plain_http_allowed),
    (_refuse_http_for_objects_only, rules.plain_http_allowed),
    (_refuse_https_instead, rules.plain_http_allowed),
    (_allow_public_policies, rules.open_buckets),
    (_stop_versioning, rules.open_buckets),
    (_move_to_a_warmer_class, rules.wrong_transitions),
    (_move_too_early, rules.wrong_transitions),
    (_leave_a_class_too_early, rules.wrong_transitions),
    (_allow_every_action, rules.action_wildcards),
]


@pytest.mark.parametrize(("damage", "rule"), FAULTS, ids=[damage.__name__[1:] for damage, _ in FAULTS])
@pytest.mark.parametrize("environment", ["dev"])
def test_rule_notices_a_seeded_fault(damage: Callable[[Json], None], rule: Rule, template: Json) -> None:
    damage(template)

    assert len(rule(template)) == 1


def test_every_tag_value_names_its_environment(template: Json, environment: str) -> None:
    values = {
        tag["Value"]
        for bucket in rules.of_type(template, "AWS::S3::Bucket").values()
        for tag in bucket["Tags"]
        if tag["Key"] == "Environment"
    }

    assert values == {environment}


def test_environments_never_share_a_cost_center() -> None:
    assert len({settings.cost_center for settings in ENVIRONMENTS.values()}) == len(ENVIRONMENTS)
