"""The buckets of the lake: Bronze, Silver, Gold, and Athena's query results."""

from troposphere import GetAtt, Ref, Template, kms, s3

from cloudformation.components.buckets import add_encrypted_bucket, expire_objects, keep_objects
from cloudformation.settings import Settings

# The age in days at which an object moves to a cheaper storage class; S3 requires this order of the classes.
# Erasures, rebuilds and history rebuilds read objects of Bronze of any age. So the archive classes, which
# need a restore before a read, are not used:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html
BRONZE_TRANSITIONS = {"STANDARD_IA": 30, "GLACIER_IR": 90}
SILVER_TRANSITIONS = {"STANDARD_IA": 30}


def add_zone_bucket(
    template: Template,
    settings: Settings,
    zone: str,
    key: kms.Key,
    logs: Ref,
    transitions: dict[str, int] | None = None,
) -> s3.Bucket:
    """Add the bucket of a zone: Bronze, Silver or Gold.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html
    """
    rules = keep_objects(settings.noncurrent_days, transitions)
    return add_encrypted_bucket(template, f"{zone.title()}Bucket", GetAtt(key, "Arn"), logs, zone, rules)


def add_result_bucket(template: Template, settings: Settings, key: kms.Key, logs: Ref) -> s3.Bucket:
    """Add the bucket for the results of Athena queries.

    https://docs.aws.amazon.com/athena/latest/ug/query-results-specify-location.html
    """
    rules = expire_objects(settings.result_days, settings.noncurrent_days)
    return add_encrypted_bucket(template, "ResultBucket", GetAtt(key, "Arn"), logs, "athena-results", rules)
