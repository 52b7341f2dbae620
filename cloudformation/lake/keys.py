"""KMS keys: Bronze holds personal data and has a key of its own; everything else shares one."""

from troposphere import Template, kms

from cloudformation.lake import policies
from cloudformation.settings import Settings


def add_lake_key(template: Template, settings: Settings) -> kms.Key:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html"""
    return template.add_resource(
        kms.Key(
            "LakeKey",
            Description="Silver, Gold and Athena results: no personal data",
            EnableKeyRotation=True,
            PendingWindowInDays=settings.key_deletion_days,
            KeyPolicy=policies.lake_key_policy(),
        )
    )


def add_bronze_key(template: Template, settings: Settings) -> kms.Key:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html"""
    return template.add_resource(
        kms.Key(
            "BronzeKey",
            Description="Bronze: whole documents, for the pipeline and the restore role alone",
            EnableKeyRotation=True,
            PendingWindowInDays=settings.key_deletion_days,
            KeyPolicy=policies.bronze_key_policy(settings.bronze_role_path),
        )
    )
