"""Access logs expire, and only services of this account write them."""

from cloudformation.settings import ENVIRONMENTS
from tests.cloudformation.rules.core import Json, statements


def test_access_logs_expire_and_use_the_key_of_s3(environment: str, resources: Json) -> None:
    bucket = resources["LogBucket"]["Properties"]
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]

    assert encryption["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert rule["ExpirationInDays"] == ENVIRONMENTS[environment].log_days


def test_logs_come_only_from_this_account(template: Json) -> None:
    writers = {
        statement["Principal"]["Service"]: statement["Condition"]
        for name, statement in statements(template)
        if name == "LogBucketPolicy" and statement["Effect"] == "Allow"
    }

    assert writers["logging.s3.amazonaws.com"] == {
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    }
    balancers = writers["logdelivery.elasticloadbalancing.amazonaws.com"]["ArnLike"]["aws:SourceArn"]
    assert "${AWS::AccountId}:loadbalancer/*" in balancers["Fn::Sub"]
