"""Two KMS keys: one for secrets, the database, artefacts and MWAA; one for log groups and alerts."""

from awacs import kms as actions
from awacs.aws import Bool, Condition, PolicyDocument, Principal, Statement, StringLike
from troposphere import Sub, Template, kms

from cloudformation.components.policies import (
    ADMINISTER_KEY,
    USE_KEY,
    document,
    from_this_account,
    key_service_statement,
    key_statement,
)
from cloudformation.foundation.alerts import PUBLISHERS
from cloudformation.settings import Settings


def add_store_key(template: Template, settings: Settings) -> kms.Key:
    """Add the KMS key of secrets, the database, artefacts and MWAA.

    https://docs.aws.amazon.com/mwaa/latest/userguide/custom-keys-certs.html

    MWAA requires the same key for its bucket, its queue and its logs.
    """
    return _add_key(
        template, settings, "StoreKey", "Secrets, database, artefacts and MWAA", _store_key_policy()
    )


def add_logs_key(template: Template, settings: Settings) -> kms.Key:
    """Add the KMS key of log groups and alerts.

    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html

    The AWS managed key of SNS is not enough: alarms and budgets cannot publish to a topic that is encrypted
    with the AWS managed key.
    """
    return _add_key(template, settings, "SignalKey", "Log groups and alerts", _logs_key_policy())


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


def _store_key_policy() -> PolicyDocument:
    """Return a key policy: IAM policies decide who uses the key; DocumentDB and MWAA use it through grants.

    The policy allows grants only for AWS services.
    """
    return document(
        key_statement("AdministerThroughIam", ADMINISTER_KEY),
        key_statement(
            "UseThroughIam", [*USE_KEY, actions.Encrypt, actions.ReEncryptFrom, actions.ReEncryptTo]
        ),
        key_statement(
            "GrantToServices", [actions.CreateGrant], Condition(Bool({"kms:GrantIsForAWSResource": "true"}))
        ),
        _encrypt_logs(),
    )


def _logs_key_policy() -> PolicyDocument:
    """Return a key policy that lets IAM policies, log groups, alarms and budgets use the key."""
    return document(
        key_statement("AdministerThroughIam", ADMINISTER_KEY),
        key_statement("UseThroughIam", USE_KEY),
        _encrypt_logs(),
        key_service_statement(
            "PublishAlerts",
            Principal("Service", PUBLISHERS),
            [actions.Decrypt, actions.GenerateDataKey],
            Condition(from_this_account()),
        ),
    )


def _encrypt_logs() -> Statement:
    """Return the statement that lets CloudWatch Logs encrypt log groups of this account.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    groups = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:*"
    return key_service_statement(
        "EncryptLogs",
        Principal("Service", Sub("logs.${AWS::Region}.${AWS::URLSuffix}")),
        [
            actions.Decrypt,
            actions.Encrypt,
            actions.GenerateDataKey,
            actions.ReEncryptFrom,
            actions.ReEncryptTo,
        ],
        Condition(StringLike({"kms:EncryptionContext:aws:logs:arn": Sub(groups)})),
    )
