"""Intrinsic functions, as the user guide of CloudFormation describes them."""

from typing import Any

import pytest

from tests.cloudformation.account.errors import Refused
from tests.cloudformation.account.expressions import Scope, mentions, resolve
from tests.cloudformation.rules import Json

TEMPLATE: Json = {
    "Mappings": {"Sizes": {"us-east-1": {"Small": "t4g.micro"}}},
    "Conditions": {
        "IsProd": {"Fn::Equals": [{"Ref": "Environment"}, "prod"]},
        "IsDev": {"Fn::Not": [{"Condition": "IsProd"}]},
        "Both": {"Fn::And": [{"Condition": "IsProd"}, {"Condition": "IsDev"}]},
        "Either": {"Fn::Or": [{"Condition": "IsProd"}, {"Condition": "IsDev"}]},
    },
}
VALUES = {"Environment": "dev", "Subnets": ["a", "b"], "AWS::Region": "us-east-1"}


def _scope() -> Scope:
    return Scope(
        TEMPLATE, VALUES, lambda name: f"id-of-{name}", lambda name, attribute: f"{name}/{attribute}"
    )


@pytest.mark.parametrize(
    ("node", "value"),
    [
        ({"Ref": "Environment"}, "dev"),
        ({"Ref": "Bucket"}, "id-of-Bucket"),
        ({"Fn::GetAtt": ["Bucket", "Arn"]}, "Bucket/Arn"),
        ({"Fn::GetAtt": "Bucket.Arn"}, "Bucket/Arn"),
        (
            {"Fn::Sub": "${Bucket}-${Bucket.Arn}-${!Kept}-${AWS::Region}"},
            "id-of-Bucket-Bucket/Arn-${Kept}-us-east-1",
        ),
        ({"Fn::Sub": ["${Own}/${Bucket}", {"Own": {"Ref": "Environment"}}]}, "dev/id-of-Bucket"),
        ({"Fn::Join": [",", ["x", {"Ref": "Bucket"}]]}, "x,id-of-Bucket"),
        ({"Fn::Select": [1, {"Ref": "Subnets"}]}, "b"),
        ({"Fn::Select": ["1", {"Fn::Split": [":", "a:b"]}]}, "b"),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "Small"]}, "t4g.micro"),
        ({"Fn::Base64": "text"}, "dGV4dA=="),
        ({"Fn::Cidr": ["10.0.0.0/16", 2, 8]}, ["10.0.0.0/24", "10.0.1.0/24"]),
        ({"Fn::Select": [0, {"Fn::GetAZs": ""}]}, "us-east-1a"),
        ({"Fn::If": ["IsProd", "big", "small"]}, "small"),
        ({"Fn::If": ["Both", 1, 2]}, 2),
        ({"Fn::If": ["Either", 1, 2]}, 1),
        ({"kept": 1, "left out": {"Ref": "AWS::NoValue"}}, {"kept": 1}),
        (["kept", {"Fn::If": ["IsDev", {"Ref": "AWS::NoValue"}, "x"]}], ["kept"]),
        (
            {"Condition": {"Bool": {"aws:SecureTransport": "false"}}},
            {"Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        ),
    ],
    ids=str,
)
def test_functions_are_resolved(node: Any, value: Any) -> None:
    assert resolve(node, _scope()) == value


@pytest.mark.parametrize(
    ("node", "reason"),
    [
        ({"Fn::Select": [2, ["a", "b"]]}, "nonexistent value at index 2"),
        (
            {"Fn::FindInMap": ["Sizes", "eu-west-1", "Small"]},
            "Unable to get mapping for Sizes::eu-west-1::Small",
        ),
        ({"Fn::Getatt": ["Bucket", "Arn"]}, "Unrecognized function Fn::Getatt"),
        ({"Fn::If": ["Missing", 1, 2]}, "Unresolved condition dependency Missing"),
    ],
    ids=str,
)
def test_nonsense_is_refused(node: Any, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        resolve(node, _scope())


def test_every_kind_of_reference_is_noticed() -> None:
    node = {
        "a": [{"Ref": "A"}, {"Fn::GetAtt": "B.Arn"}],
        "b": {"Fn::Sub": ["${C}${D.Arn}${own}${!E}", {"own": {"Ref": "F"}}]},
    }

    assert set(mentions(node)) == {("A", None), ("B", "Arn"), ("C", None), ("D", "Arn"), ("F", None)}
