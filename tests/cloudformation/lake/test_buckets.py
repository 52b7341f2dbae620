"""The buckets of the lake: lifecycle of objects, encryption keys and access logs."""

import pytest

from tests.cloudformation.rules.core import Json, of_type

ENCRYPTED = ["BronzeBucket", "SilverBucket", "GoldBucket", "ResultBucket"]


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
def test_only_bronze_has_its_key(bucket: str, key: str, resources: Json) -> None:
    assert _default_encryption(resources, bucket) == {
        "SSEAlgorithm": "aws:kms",
        "KMSMasterKeyID": {"Fn::GetAtt": [key, "Arn"]},
    }


def test_every_bucket_logs_its_access(template: Json) -> None:
    logged = [
        bucket["LoggingConfiguration"]["DestinationBucketName"]
        for bucket in of_type(template, "AWS::S3::Bucket").values()
    ]

    assert logged == [{"Ref": "LogBucketName"}] * len(ENCRYPTED)
