"""The buckets of the lake: three zones and Athena results."""

from troposphere import GetAtt, Ref, Template, kms, s3

from cloudformation.lake import lifecycle
from cloudformation.parts.buckets import add_encrypted_bucket
from cloudformation.parts.lifecycle import expiring_rules
from cloudformation.settings import Settings


def add_zone_bucket(
    template: Template, settings: Settings, zone: str, key: kms.Key, logs: Ref, moves: dict[str, int]
) -> s3.Bucket:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html"""
    rules = lifecycle.zone_rules(moves, settings.noncurrent_days)
    return add_encrypted_bucket(template, f"{zone.title()}Bucket", GetAtt(key, "Arn"), logs, zone, rules)


def add_result_bucket(template: Template, settings: Settings, key: kms.Key, logs: Ref) -> s3.Bucket:
    """https://docs.aws.amazon.com/athena/latest/ug/query-results-specify-location.html"""
    rules = expiring_rules(settings.result_days, settings.noncurrent_days)
    return add_encrypted_bucket(template, "ResultBucket", GetAtt(key, "Arn"), logs, "athena-results", rules)
