"""Policy documents and statements that several stacks share, as awacs objects."""

from collections.abc import Sequence
from typing import Any

from awacs import kms, s3, sts
from awacs.aws import (
    Action,
    Allow,
    ArnNotEquals,
    Bool,
    Condition,
    Deny,
    Null,
    PolicyDocument,
    Principal,
    Statement,
    StringEquals,
    StringNotEquals,
)
from troposphere import GetAtt, Ref, Sub
from troposphere.s3 import Bucket

ADMINISTER_KEY = [
    kms.CancelKeyDeletion,
    kms.DescribeKey,
    kms.DisableKey,
    kms.DisableKeyRotation,
    kms.EnableKey,
    kms.EnableKeyRotation,
    kms.GetKeyPolicy,
    kms.GetKeyRotationStatus,
    kms.ListGrants,
    kms.ListKeyPolicies,
    kms.ListResourceTags,
    kms.PutKeyPolicy,
    kms.RevokeGrant,
    kms.ScheduleKeyDeletion,
    kms.TagResource,
    kms.UntagResource,
    kms.UpdateKeyDescription,
]
# The actions on a KMS key that a caller of S3 needs to read or write encrypted objects.
USE_KEY = [kms.Decrypt, kms.DescribeKey, kms.GenerateDataKey]


def document(*statements: Statement) -> PolicyDocument:
    """Return an IAM policy document with these statements."""
    return PolicyDocument(Version="2012-10-17", Statement=list(statements))


def allow(sid: str, actions: Sequence[Action], resources: Sequence[Any], condition: Any = None) -> Statement:
    """Return a statement of an identity policy that allows the actions on the resources."""
    optional = {} if condition is None else {"Condition": Condition(condition)}
    return Statement(Sid=sid, Effect=Allow, Action=list(actions), Resource=list(resources), **optional)


def key_statement(sid: str, actions: Sequence[Action], condition: Condition | None = None) -> Statement:
    """Return a key policy statement that lets IAM policies of this account allow the actions on the key."""
    return key_service_statement(sid, Principal("AWS", account_root()), actions, condition)


def key_service_statement(
    sid: str, principal: Principal, actions: Sequence[Action], condition: Condition | None = None
) -> Statement:
    """Return a key policy statement that allows a principal to perform the actions with the key."""
    optional = {} if condition is None else {"Condition": condition}
    return Statement(
        Sid=sid,
        Effect=Allow,
        Principal=principal,
        Action=list(actions),
        Resource=["*"],  # in a key policy, "*" means the key to which the policy belongs
        **optional,
    )


def trust(services: Sequence[str], condition: Any = None) -> PolicyDocument:
    """Return a trust policy that lets AWS services assume the role, by default only for this account."""
    condition = condition or from_this_account()
    return document(
        Statement(
            Effect=Allow,
            Principal=Principal("Service", list(services)),
            Action=[sts.AssumeRole],
            Condition=Condition(condition),
        )
    )


def encrypted_bucket_policy(bucket: Bucket, key_arn: GetAtt) -> PolicyDocument:
    """Return a bucket policy that denies plain HTTP, and uploads that request a different encryption key.

    An upload without an encryption header gets the bucket's default encryption, so the policy must allow it.
    Negated operators also match requests without the header, so `Null` conditions keep the
    statements from denying such requests.
    """
    algorithm, key_id = "s3:x-amz-server-side-encryption", "s3:x-amz-server-side-encryption-aws-kms-key-id"
    return document(
        deny_plain_http(bucket),
        _deny_upload(bucket, "RefuseOtherAlgorithm", algorithm, StringNotEquals({algorithm: "aws:kms"})),
        _deny_upload(bucket, "RefuseOtherKey", key_id, ArnNotEquals({key_id: key_arn})),
    )


def deny_plain_http(bucket: Bucket) -> Statement:
    """Return a statement that denies every request without TLS to the bucket and its objects."""
    return Statement(
        Sid="RefusePlainHttp",
        Effect=Deny,
        Principal=Principal("*"),
        Action=[s3.Action("*")],
        Resource=[GetAtt(bucket, "Arn"), Sub(f"${{{bucket.title}.Arn}}/*")],
        Condition=Condition(Bool({"aws:SecureTransport": "false"})),
    )


def from_this_account() -> StringEquals:
    """Return the condition that an AWS service acts for this account (see confused-deputy problem).

    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """
    return StringEquals({"aws:SourceAccount": Ref("AWS::AccountId")})


def account_root() -> Sub:
    """Return the ARN that stands for all principals of this account."""
    return Sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")


def _deny_upload(bucket: Bucket, sid: str, header: str, mismatch: object) -> Statement:
    return Statement(
        Sid=sid,
        Effect=Deny,
        Principal=Principal("*"),
        Action=[s3.PutObject],
        Resource=[Sub(f"${{{bucket.title}.Arn}}/*")],
        Condition=Condition([Null({header: "false"}), mismatch]),
    )
