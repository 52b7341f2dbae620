"""Buckets: closed to the public, versioned, encrypted, refusing plain HTTP, their access logged."""

from typing import Any

from troposphere import GetAtt, Ref, Template, s3

from cloudformation.parts import policies


def add_encrypted_bucket(
    template: Template,
    title: str,
    key_arn: GetAtt,
    logs: Ref,
    prefix: str,
    rules: s3.LifecycleConfiguration,
) -> s3.Bucket:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html

    `prefix` is where the bucket's access logs lie in the bucket `logs`.
    """
    bucket = template.add_resource(
        s3.Bucket(
            title,
            BucketEncryption=encryption(SSEAlgorithm="aws:kms", KMSMasterKeyID=key_arn),
            LifecycleConfiguration=rules,
            LoggingConfiguration=s3.LoggingConfiguration(
                DestinationBucketName=logs, LogFilePrefix=f"{prefix}/"
            ),
            **closed(),
        )
    )
    add_policy(template, bucket, policies.encrypted_bucket_policy(bucket, key_arn))
    return bucket


def add_policy(template: Template, bucket: s3.Bucket, document: Any) -> s3.BucketPolicy:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucketpolicy.html"""
    return template.add_resource(
        s3.BucketPolicy(f"{bucket.title}Policy", Bucket=Ref(bucket), PolicyDocument=document)
    )


def encryption(**default: Any) -> s3.BucketEncryption:
    """Return what encrypts an object that asks for nothing else."""
    rule = s3.ServerSideEncryptionRule(
        # One data key per bucket and hour instead of one KMS call per object.
        BucketKeyEnabled="KMSMasterKeyID" in default,
        ServerSideEncryptionByDefault=s3.ServerSideEncryptionByDefault(**default),
    )
    return s3.BucketEncryption(ServerSideEncryptionConfiguration=[rule])


def closed() -> dict[str, Any]:
    """Return the properties that every bucket has: no public access, no ACLs, every version kept."""
    return {
        "OwnershipControls": s3.OwnershipControls(
            Rules=[s3.OwnershipControlsRule(ObjectOwnership="BucketOwnerEnforced")]
        ),
        "PublicAccessBlockConfiguration": s3.PublicAccessBlockConfiguration(
            BlockPublicAcls=True, BlockPublicPolicy=True, IgnorePublicAcls=True, RestrictPublicBuckets=True
        ),
        "VersioningConfiguration": s3.VersioningConfiguration(Status="Enabled"),
    }
