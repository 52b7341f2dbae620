"""Two KMS keys: one for Bronze, which has all personal text, and one for Silver, Gold and query results."""

from awacs.aws import ArnLike, Condition, PolicyDocument
from troposphere import Sub, Template, kms

from cloudformation.components.policies import ADMINISTER_KEY, USE_KEY, document, key_statement
from cloudformation.settings import Settings


def add_lake_key(template: Template, settings: Settings) -> kms.Key:
    """Add the KMS key of Silver, Gold and query results.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html

    IAM policies of this account decide which principals administer and use the key.
    """
    policy = document(
        key_statement("AdministerThroughIam", ADMINISTER_KEY),
        key_statement("UseThroughIam", USE_KEY),
    )
    return _add_key(template, settings, "LakeKey", "Silver, Gold and Athena results", policy)


def add_bronze_key(template: Template, settings: Settings) -> kms.Key:
    """Add the KMS key of Bronze.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html

    IAM policies decide which principals administer the key, but only roles under `bronze_role_path` can use
    it. The key policy names the IAM path instead of the roles, because later stacks create the roles. The
    policy does not check a tag of the roles, because a session can set its own tags, but not its path. No
    statement allows grants, because with a grant a role outside of this path could use the key.
    """
    roles = Sub(f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role{settings.bronze_role_path}*")
    policy = document(
        key_statement("AdministerThroughIam", ADMINISTER_KEY),
        key_statement("UseByBronzeRoles", USE_KEY, Condition(ArnLike({"aws:PrincipalArn": roles}))),
    )
    return _add_key(
        template,
        settings,
        "BronzeKey",
        "Bronze: whole documents, for the pipeline and the restore role alone",
        policy,
    )


def _add_key(
    template: Template, settings: Settings, title: str, description: str, policy: PolicyDocument
) -> kms.Key:
    return template.add_resource(
        kms.Key(
            title,
            Description=description,
            EnableKeyRotation=True,
            PendingWindowInDays=settings.key_deletion_days,
            KeyPolicy=policy,
        )
    )
