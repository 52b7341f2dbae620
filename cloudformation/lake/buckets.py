"""The buckets: three zones, Athena results, and the access logs of all four."""

from typing import Any

from troposphere import GetAtt, Ref, Template, kms, s3

from cloudformation.lake import lifecycle, policies
from cloudformation.settings import Settings


def add_access_log_bucket(template: Template, settings: Settings) -> s3.Bucket:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html

    S3 delivers access logs only into buckets encrypted by S3 itself, and such a bucket must not log itself.
    """
    return template.add_resource(
        s3.Bucket(
            "AccessLogBucket",
            BucketEncryption=_encryption(SSEAlgorithm="AES256"),
            LifecycleConfiguration=lifecycle.expiring_rules(settings.log_days, settings.noncurrent_days),
            **_closed(),
        )
    )


def add_zone_bucket(
    template: Template, settings: Settings, zone: str, key: kms.Key, logs: s3.Bucket, moves: dict[str, int]
) -> s3.Bucket:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html"""
    rules = lifecycle.zone_rules(moves, settings.noncurrent_days)
    return _add_encrypted_bucket(template, f"{zone.title()}Bucket", zone, key, logs, rules)


def add_result_bucket(template: Template, settings: Settings, key: kms.Key, logs: s3.Bucket) -> s3.Bucket:
    """https://docs.aws.amazon.com/athena/latest/ug/query-results-specify-location.html"""
    rules = lifecycle.expiring_rules(settings.result_days, settings.noncurrent_days)
    return _add_encrypted_bucket(template, "ResultBucket", "athena-results", key, logs, rules)


def add_access_log_policy(template: Template, logs: s3.Bucket, sources: list[s3.Bucket]) -> s3.BucketPolicy:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html"""
    document = policies.log_bucket_policy(logs, sources)
    return template.add_resource(
        s3.BucketPolicy(f"{logs.title}Policy", Bucket=Ref(logs), PolicyDocument=document)
    )


def _add_encrypted_bucket(
    template: Template, title: str, prefix: str, key: kms.Key, logs: s3.Bucket, rules: Any
) -> s3.Bucket:
    bucket = template.add_resource(
        s3.Bucket(
            title,
            BucketEncryption=_encryption(SSEAlgorithm="aws:kms", KMSMasterKeyID=GetAtt(key, "Arn")),
            LifecycleConfiguration=rules,
            LoggingConfiguration=s3.LoggingConfiguration(
                DestinationBucketName=Ref(logs), LogFilePrefix=f"{prefix}/"
            ),
            **_closed(),
        )
    )
    document = policies.encrypted_bucket_policy(bucket, GetAtt(key, "Arn"))
    template.add_resource(s3.BucketPolicy(f"{title}Policy", Bucket=Ref(bucket), PolicyDocument=document))
    return bucket


def _encryption(**default: Any) -> s3.BucketEncryption:
    rule = s3.ServerSideEncryptionRule(
        # One data key per bucket and hour instead of one KMS call per object.
        BucketKeyEnabled="KMSMasterKeyID" in default,
        ServerSideEncryptionByDefault=s3.ServerSideEncryptionByDefault(**default),
    )
    return s3.BucketEncryption(ServerSideEncryptionConfiguration=[rule])


def _closed() -> dict[str, Any]:
    return {
        "OwnershipControls": s3.OwnershipControls(
            Rules=[s3.OwnershipControlsRule(ObjectOwnership="BucketOwnerEnforced")]
        ),
        "PublicAccessBlockConfiguration": s3.PublicAccessBlockConfiguration(
            BlockPublicAcls=True, BlockPublicPolicy=True, IgnorePublicAcls=True, RestrictPublicBuckets=True
        ),
        "VersioningConfiguration": s3.VersioningConfiguration(Status="Enabled"),
    }
