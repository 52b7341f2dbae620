"""The bucket of access logs, which all other buckets and the load balancer write to."""

from troposphere import Template, s3

from cloudformation.parts.buckets import closed, encryption
from cloudformation.parts.lifecycle import expiring_rules
from cloudformation.settings import Settings

UNLOGGED = "the bucket of access logs: logging its own access would never end"


def add_log_bucket(template: Template, settings: Settings) -> s3.Bucket:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html

    Access logs are delivered only into buckets encrypted by S3 itself, and such a bucket must not log itself.
    """
    return template.add_resource(
        s3.Bucket(
            "LogBucket",
            BucketEncryption=encryption(SSEAlgorithm="AES256"),
            LifecycleConfiguration=expiring_rules(settings.log_days, settings.noncurrent_days),
            Metadata={"checkov": {"skip": [{"id": "CKV_AWS_18", "comment": UNLOGGED}]}},
            **closed(),
        )
    )
