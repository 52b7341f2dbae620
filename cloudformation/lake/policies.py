"""Resource policies of the lake as pure functions that return awacs documents."""

from collections.abc import Sequence

from awacs import kms, s3
from awacs.aws import (
    Allow,
    ArnEquals,
    ArnLike,
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


def lake_key_policy() -> PolicyDocument:
    """Let IAM policies of this account decide who administers and who uses the key."""
    return _document(
        _key_statement("AdministerThroughIam", ADMINISTER),
        _key_statement("UseThroughIam", USE),
    )


def bronze_key_policy(role_path: str) -> PolicyDocument:
    """Let IAM decide who administers the key, but only roles under `role_path` read or write with it.

    The roles belong to later stacks, so they are named by their IAM path, which unlike a tag cannot be handed
    to a session. Nobody may create grants: a grant would lead around the path.
    """
    roles = Sub(f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role{role_path}*")
    return _document(
        _key_statement("AdministerThroughIam", ADMINISTER),
        _key_statement("UseByBronzeRoles", USE, Condition(ArnLike({"aws:PrincipalArn": roles}))),
    )


def encrypted_bucket_policy(bucket: Bucket, key_arn: GetAtt) -> PolicyDocument:
    """Refuse plain HTTP, and uploads that ask for another encryption than the bucket's own key.

    An upload that asks for nothing gets the bucket's default and passes, hence the `Null` conditions: without
    them a negated operator also matches the request that lacks the header.
    """
    algorithm, key_id = "s3:x-amz-server-side-encryption", "s3:x-amz-server-side-encryption-aws-kms-key-id"
    return _document(
        _refuse_plain_http(bucket),
        _refuse_upload(bucket, "RefuseOtherAlgorithm", algorithm, StringNotEquals({algorithm: "aws:kms"})),
        _refuse_upload(bucket, "RefuseOtherKey", key_id, ArnNotEquals({key_id: key_arn})),
    )


def log_bucket_policy(bucket: Bucket, sources: Sequence[Bucket]) -> PolicyDocument:
    """Refuse plain HTTP; let S3 deliver access logs of the `sources`, and of no other bucket."""
    return _document(
        _refuse_plain_http(bucket),
        Statement(
            Sid="DeliverAccessLogs",
            Effect=Allow,
            Principal=Principal("Service", "logging.s3.amazonaws.com"),
            Action=[s3.PutObject],
            Resource=[Sub(f"${{{bucket.title}.Arn}}/*")],
            Condition=Condition(
                [
                    ArnEquals({"aws:SourceArn": [GetAtt(source, "Arn") for source in sources]}),
                    StringEquals({"aws:SourceAccount": Ref("AWS::AccountId")}),
                ]
            ),
        ),
    )


def _document(*statements: Statement) -> PolicyDocument:
    return PolicyDocument(Version="2012-10-17", Statement=list(statements))


def _key_statement(sid: str, actions: list[object], condition: Condition | None = None) -> Statement:
    optional = {} if condition is None else {"Condition": condition}
    return Statement(
        Sid=sid,
        Effect=Allow,
        Principal=Principal("AWS", Sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")),
        Action=actions,
        Resource=["*"],  # in a key policy this means the key that carries the policy
        **optional,
    )


def _refuse_plain_http(bucket: Bucket) -> Statement:
    return Statement(
        Sid="RefusePlainHttp",
        Effect=Deny,
        Principal=Principal("*"),
        Action=[s3.Action("*")],
        Resource=[GetAtt(bucket, "Arn"), Sub(f"${{{bucket.title}.Arn}}/*")],
        Condition=Condition(Bool({"aws:SecureTransport": "false"})),
    )


def _refuse_upload(bucket: Bucket, sid: str, header: str, mismatch: object) -> Statement:
    return Statement(
        Sid=sid,
        Effect=Deny,
        Principal=Principal("*"),
        Action=[s3.PutObject],
        Resource=[Sub(f"${{{bucket.title}.Arn}}/*")],
        Condition=Condition([Null({header: "false"}), mismatch]),
    )
