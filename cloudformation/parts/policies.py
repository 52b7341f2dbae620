"""Statements that the policies of several stacks share, as pure functions that return awacs documents."""

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

ADMINISTER = [
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
# What S3 asks of a caller that reads or writes an object under the key.
USE = [kms.Decrypt, kms.DescribeKey, kms.GenerateDataKey]


def document(*statements: Statement) -> PolicyDocument:
    """Return a policy of these statements."""
    return PolicyDocument(Version="2012-10-17", Statement=list(statements))


def allow(sid: str, actions: Sequence[Action], resources: Sequence[Any], condition: Any = None) -> Statement:
    """Return a statement of a role's policy."""
    optional = {} if condition is None else {"Condition": Condition(condition)}
    return Statement(Sid=sid, Effect=Allow, Action=list(actions), Resource=list(resources), **optional)


def key_statement(sid: str, actions: Sequence[Action], condition: Condition | None = None) -> Statement:
    """Let IAM policies of this account decide who does this with the key that carries the statement."""
    return key_service_statement(sid, Principal("AWS", _account_root()), actions, condition)


def key_service_statement(
    sid: str, principal: Principal, actions: Sequence[Action], condition: Condition | None = None
) -> Statement:
    """Let a principal do this with the key that carries the statement."""
    optional = {} if condition is None else {"Condition": condition}
    return Statement(
        Sid=sid,
        Effect=Allow,
        Principal=principal,
        Action=list(actions),
        Resource=["*"],  # in a key policy this means the key that carries the policy
        **optional,
    )


def trust(services: Sequence[str], condition: Any = None) -> PolicyDocument:
    """Let services of AWS take a role on, by default on behalf of this account alone."""
    condition = condition or StringEquals({"aws:SourceAccount": Ref("AWS::AccountId")})
    return document(
        Statement(
            Effect=Allow,
            Principal=Principal("Service", list(services)),
            Action=[sts.AssumeRole],
            Condition=Condition(condition),
        )
    )


def encrypted_bucket_policy(bucket: Bucket, key_arn: GetAtt) -> PolicyDocument:
    """Refuse plain HTTP, and uploads that ask for another encryption than the bucket's own key.

    An upload that asks for nothing gets the bucket's default and passes, hence the `Null` conditions: without
    them a negated operator also matches the request that lacks the header.
    """
    algorithm, key_id = "s3:x-amz-server-side-encryption", "s3:x-amz-server-side-encryption-aws-kms-key-id"
    return document(
        refuse_plain_http(bucket),
        _refuse_upload(bucket, "RefuseOtherAlgorithm", algorithm, StringNotEquals({algorithm: "aws:kms"})),
        _refuse_upload(bucket, "RefuseOtherKey", key_id, ArnNotEquals({key_id: key_arn})),
    )


def refuse_plain_http(bucket: Bucket) -> Statement:
    """Refuse every action on the bucket and its objects that comes without TLS."""
    return Statement(
        Sid="RefusePlainHttp",
        Effect=Deny,
        Principal=Principal("*"),
        Action=[s3.Action("*")],
        Resource=[GetAtt(bucket, "Arn"), Sub(f"${{{bucket.title}.Arn}}/*")],
        Condition=Condition(Bool({"aws:SecureTransport": "false"})),
    )


def _account_root() -> Sub:
    return Sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")


def _refuse_upload(bucket: Bucket, sid: str, header: str, mismatch: object) -> Statement:
    return Statement(
        Sid=sid,
        Effect=Deny,
        Principal=Principal("*"),
        Action=[s3.PutObject],
        Resource=[Sub(f"${{{bucket.title}.Arn}}/*")],
        Condition=Condition([Null({header: "false"}), mismatch]),
    )
