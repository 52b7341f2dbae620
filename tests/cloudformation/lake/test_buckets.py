"""The buckets: how objects age, which key encrypts them, where access is logged."""

from collections.abc import Mapping

import pytest

from cloudformation.settings import ENVIRONMENTS
from tests.cloudformation.rules import Json, of_type

ENCRYPTED = ["BronzeBucket", "SilverBucket", "GoldBucket", "ResultBucket"]


def _rules(resources: Json, bucket: str) -> list[Json]:
    rules: list[Json] = resources[bucket]["Properties"]["LifecycleConfiguration"]["Rules"]
    return rules


@pytest.mark.parametrize(
    ("bucket", "moves"),
    [
        ("BronzeBucket", {"STANDARD_IA": 30, "GLACIER": 90, "DEEP_ARCHIVE": 365}),
        ("SilverBucket", {"STANDARD_IA": 30}),
        ("GoldBucket", {}),
    ],
)
def test_zone_objects_cool_as_designed(bucket: str, moves: Mapping[str, int], resources: Json) -> None:
    transitions = [move for rule in _rules(resources, bucket) for move in rule.get("Transitions", [])]

    assert {move["StorageClass"]: move["TransitionInDays"] for move in transitions} == moves


@pytest.mark.parametrize("bucket", ["BronzeBucket", "SilverBucket", "GoldBucket"])
def test_current_zone_objects_never_expire(bucket: str, resources: Json) -> None:
    assert not [rule for rule in _rules(resources, bucket) if "ExpirationInDays" in rule]


@pytest.mark.parametrize(
    ("bucket", "days"), [("AccessLogBucket", "log_days"), ("ResultBucket", "result_days")]
)
def test_logs_and_results_expire(bucket: str, days: str, environment: str, resources: Json) -> None:
    expected = getattr(ENVIRONMENTS[environment], days)

    assert [rule.get("ExpirationInDays") for rule in _rules(resources, bucket)] == [expected]


def test_old_versions_and_abandoned_uploads_go(environment: str, template: Json) -> None:
    days = ENVIRONMENTS[environment].noncurrent_days

    for bucket in of_type(template, "AWS::S3::Bucket").values():
        last = bucket["LifecycleConfiguration"]["Rules"][-1]
        assert last["NoncurrentVersionExpiration"] == {"NoncurrentDays": days}
        assert last["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
        assert last["Status"] == "Enabled"


def _default_encryption(resources: Json, bucket: str) -> Json:
    (rule,) = resources[bucket]["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    default: Json = rule["ServerSideEncryptionByDefault"]
    return default


@pytest.mark.parametrize(
    ("bucket", "key"),
    [
        ("BronzeBucket", "BronzeKey"),
        ("SilverBucket", "LakeKey"),
        ("GoldBucket", "LakeKey"),
        ("ResultBucket", "LakeKey"),
    ],
)
def test_bronze_alone_has_its_key(bucket: str, key: str, resources: Json) -> None:
    assert _default_encryption(resources, bucket) == {
        "SSEAlgorithm": "aws:kms",
        "KMSMasterKeyID": {"Fn::GetAtt": [key, "Arn"]},
    }


def test_access_logs_use_the_key_of_s3(resources: Json) -> None:
    assert _default_encryption(resources, "AccessLogBucket") == {"SSEAlgorithm": "AES256"}


def test_every_other_bucket_logs_its_access(template: Json) -> None:
    logged = {
        name: bucket["LoggingConfiguration"]["DestinationBucketName"]
        for name, bucket in of_type(template, "AWS::S3::Bucket").items()
        if "LoggingConfiguration" in bucket
    }

    assert logged == {name: {"Ref": "AccessLogBucket"} for name in ENCRYPTED}


def test_access_logs_have_a_prefix_each(resources: Json) -> None:
    prefixes = [resources[name]["Properties"]["LoggingConfiguration"]["LogFilePrefix"] for name in ENCRYPTED]

    assert prefixes == ["bronze/", "silver/", "gold/", "athena-results/"]


def test_replacement_never_destroys_data(resources: Json) -> None:
    kinds = {"AWS::S3::Bucket", "AWS::KMS::Key", "AWS::Glue::Database", "AWS::Glue::Table"}
    policies = [r.get("UpdateReplacePolicy") for r in resources.values() if r["Type"] in kinds]

    assert policies == ["Retain"] * (5 + 2 + 1 + 9)
