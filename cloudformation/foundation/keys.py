"""Two KMS keys: one for what is stored, one for what services of AWS write of their own accord."""

from awacs.aws import PolicyDocument
from troposphere import Template, kms

from cloudformation.foundation import policies
from cloudformation.settings import Settings


def add_store_key(template: Template, settings: Settings) -> kms.Key:
    """https://docs.aws.amazon.com/mwaa/latest/userguide/custom-keys-certs.html

    MWAA asks for one key for its bucket, its queue and its logs, hence a single one.
    """
    return _add_key(
        template, settings, "StoreKey", "Secrets, database, artefacts and MWAA", policies.store_key_policy()
    )


def add_signal_key(template: Template, settings: Settings) -> kms.Key:
    """https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html

    Alarms and budgets cannot publish to a topic under the key that AWS manages, so logs and alerts have ours.
    """
    return _add_key(template, settings, "SignalKey", "Log groups and alerts", policies.signal_key_policy())


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
