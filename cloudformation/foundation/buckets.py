"""The bucket to which S3 and the load balancer write access logs, and the bucket of uploaded artefacts."""

from awacs import s3 as actions
from awacs.aws import Allow, ArnLike, Condition, PolicyDocument, Principal, Statement
from troposphere import GetAtt, Ref, Sub, Template, kms, s3

from cloudformation.components.buckets import (
    add_bucket_policy,
    add_encrypted_bucket,
    default_encryption,
    expire_objects,
    keep_objects,
    private_and_versioned,
)
from cloudformation.components.policies import deny_plain_http, document, from_this_account
from cloudformation.settings import LOAD_BALANCER_LOG_PREFIX, Settings

NO_ACCESS_LOG = "the bucket of access logs: logging its own access would never end"


def add_log_bucket(template: Template, settings: Settings) -> s3.Bucket:
    """Add the bucket of access logs.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html

    AWS delivers access logs only to buckets with SSE-S3 encryption. The bucket must not log its own access,
    because each delivered log would cause another log.
    """
    bucket = template.add_resource(
        s3.Bucket(
            "LogBucket",
            BucketEncryption=default_encryption(SSEAlgorithm="AES256"),
            LifecycleConfiguration=expire_objects(settings.log_days, settings.noncurrent_days),
            Metadata={"checkov": {"skip": [{"id": "CKV_AWS_18", "comment": NO_ACCESS_LOG}]}},
            **private_and_versioned(),
        )
    )
    add_bucket_policy(template, bucket, _log_bucket_policy(bucket))
    return bucket


def add_artefact_bucket(template: Template, settings: Settings, key: kms.Key, logs: s3.Bucket) -> s3.Bucket:
    """Add the bucket of artefacts.

    https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-s3-bucket.html
    """
    rules = keep_objects(settings.noncurrent_days)
    return add_encrypted_bucket(template, "ArtefactBucket", GetAtt(key, "Arn"), Ref(logs), "artefacts", rules)


def _log_bucket_policy(bucket: s3.Bucket) -> PolicyDocument:
    """Return a policy that lets S3 and load balancers of this account deliver logs, and denies plain HTTP."""
    return document(deny_plain_http(bucket), _allow_s3_logs(bucket), _allow_load_balancer_logs(bucket))


def _allow_s3_logs(bucket: s3.Bucket) -> Statement:
    """Return the statement that lets S3 deliver access logs.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
    """
    return Statement(
        Sid="DeliverAccessLogs",
        Effect=Allow,
        Principal=Principal("Service", "logging.s3.amazonaws.com"),
        Action=[actions.PutObject],
        Resource=[Sub(f"${{{bucket.title}.Arn}}/*")],
        Condition=Condition(from_this_account()),
    )


def _allow_load_balancer_logs(bucket: s3.Bucket) -> Statement:
    """Return the statement that lets load balancers deliver access logs.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
    """
    balancers = "arn:${AWS::Partition}:elasticloadbalancing:${AWS::Region}:${AWS::AccountId}:loadbalancer/*"
    folder = f"${{{bucket.title}.Arn}}/{LOAD_BALANCER_LOG_PREFIX}/AWSLogs/${{AWS::AccountId}}/*"
    return Statement(
        Sid="DeliverLoadBalancerLogs",
        Effect=Allow,
        Principal=Principal("Service", "logdelivery.elasticloadbalancing.amazonaws.com"),
        Action=[actions.PutObject],
        Resource=[Sub(folder)],
        Condition=Condition(ArnLike({"aws:SourceArn": Sub(balancers)})),
    )
