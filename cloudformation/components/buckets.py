"""S3 buckets: private, versioned, encrypted, HTTPS only, with access logs and lifecycle rules."""

from typing import Any

from troposphere import GetAtt, Ref, Template, s3

from cloudformation.components import policies

ABANDONED_UPLOAD_DAYS = 7


def add_encrypted_bucket(
    template: Template,
    title: str,
    key_arn: GetAtt,
    logs: Ref,
    prefix: str,
    rules: s3.LifecycleConfiguration,
) -> s3.Bucket:
    """Add an encrypted, private and versioned bucket with access logs.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html

    S3 writes the bucket's access logs to the bucket `logs`, under `prefix`.
    """
    bucket = template.add_resource(
        s3.Bucket(
            title,
            BucketEncryption=default_encryption(SSEAlgorithm="aws:kms", KMSMasterKeyID=key_arn),
            LifecycleConfiguration=rules,
            LoggingConfiguration=s3.LoggingConfiguration(
                DestinationBucketName=logs, LogFilePrefix=f"{prefix}/"
            ),
            **private_and_versioned(),
        )
    )
    add_bucket_policy(template, bucket, policies.encrypted_bucket_policy(bucket, key_arn))
    return bucket


def add_bucket_policy(template: Template, bucket: s3.Bucket, document: Any) -> s3.BucketPolicy:
    """Add the policy of a bucket.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucketpolicy.html
    """
    return template.add_resource(
        s3.BucketPolicy(f"{bucket.title}Policy", Bucket=Ref(bucket), PolicyDocument=document)
    )


def default_encryption(**default: Any) -> s3.BucketEncryption:
    """Return the default encryption of a bucket: with the given KMS key, or with SSE-S3 if none is given."""
    rule = s3.ServerSideEncryptionRule(
        # With a bucket key, S3 uses one data key for many objects for some time, instead of calling KMS for
        # each object.
        BucketKeyEnabled="KMSMasterKeyID" in default,
        ServerSideEncryptionByDefault=s3.ServerSideEncryptionByDefault(**default),
    )
    return s3.BucketEncryption(ServerSideEncryptionConfiguration=[rule])


def private_and_versioned() -> dict[str, Any]:
    """Return the common properties of all buckets: no public access, no ACLs, and versioning."""
    return {
        "OwnershipControls": s3.OwnershipControls(
            Rules=[s3.OwnershipControlsRule(ObjectOwnership="BucketOwnerEnforced")]
        ),
        "PublicAccessBlockConfiguration": s3.PublicAccessBlockConfiguration(
            BlockPublicAcls=True, BlockPublicPolicy=True, IgnorePublicAcls=True, RestrictPublicBuckets=True
        ),
        "VersioningConfiguration": s3.VersioningConfiguration(Status="Enabled"),
    }


def expire_objects(days: int, noncurrent_days: int) -> s3.LifecycleConfiguration:
    """Delete objects after `days`, and their noncurrent versions `noncurrent_days` later."""
    return s3.LifecycleConfiguration(Rules=[_clean_up(noncurrent_days, ExpirationInDays=days)])


def keep_objects(
    noncurrent_days: int, transitions: dict[str, int] | None = None
) -> s3.LifecycleConfiguration:
    """Keep current objects indefinitely, and noncurrent versions for `noncurrent_days`.

    `transitions` maps a storage class to the age in days at which objects move to it.
    """
    moves = [
        s3.LifecycleRuleTransition(StorageClass=name, TransitionInDays=days)
        for name, days in (transitions or {}).items()
    ]
    cool_down = [s3.LifecycleRule(Id="CoolDown", Status="Enabled", Transitions=moves)] if moves else []
    # S3 keeps a delete marker without other versions, unless a rule deletes such markers or expires objects.
    clean_up = _clean_up(noncurrent_days, ExpiredObjectDeleteMarker=True)
    return s3.LifecycleConfiguration(Rules=[*cool_down, clean_up])


def _clean_up(noncurrent_days: int, **expiration: Any) -> s3.LifecycleRule:
    """Return the lifecycle rule that deletes noncurrent versions and incomplete multipart uploads."""
    return s3.LifecycleRule(
        Id="CleanUp",
        Status="Enabled",
        NoncurrentVersionExpiration=s3.NoncurrentVersionExpiration(NoncurrentDays=noncurrent_days),
        AbortIncompleteMultipartUpload=s3.AbortIncompleteMultipartUpload(
            DaysAfterInitiation=ABANDONED_UPLOAD_DAYS
        ),
        **expiration,
    )
