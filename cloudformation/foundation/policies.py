"""Who may use the keys, publish alerts and deliver logs."""

from awacs import kms, s3, sns
from awacs.aws import (
    Allow,
    ArnLike,
    Bool,
    Condition,
    Deny,
    PolicyDocument,
    Principal,
    Statement,
    StringEquals,
    StringLike,
)
from troposphere import Ref, Sub
from troposphere.s3 import Bucket

from cloudformation.parts.policies import (
    ADMINISTER,
    USE,
    document,
    key_service_statement,
    key_statement,
    refuse_plain_http,
)

# Those who tell of trouble: an alarm that went off, a budget that is used up.
ALERTING = ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]
LOAD_BALANCER_LOGS = "load-balancer"


def store_key_policy() -> PolicyDocument:
    """Let IAM decide who uses the key, and services of AWS keep it for the resources they run for us.

    DocumentDB and MWAA work through grants; a grant for anybody else is refused.
    """
    return document(
        key_statement("AdministerThroughIam", ADMINISTER),
        key_statement("UseThroughIam", [*USE, kms.Encrypt, kms.ReEncryptFrom, kms.ReEncryptTo]),
        key_statement(
            "GrantToServices", [kms.CreateGrant], Condition(Bool({"kms:GrantIsForAWSResource": "true"}))
        ),
        _logs_statement(),
    )


def signal_key_policy() -> PolicyDocument:
    """Let IAM decide who uses the key, logs be encrypted with it, alarms and budgets publish."""
    return document(
        key_statement("AdministerThroughIam", ADMINISTER),
        key_statement("UseThroughIam", USE),
        _logs_statement(),
        key_service_statement(
            "PublishAlerts",
            Principal("Service", ALERTING),
            [kms.Decrypt, kms.GenerateDataKey],
            _this_account(),
        ),
    )


def alert_topic_policy(topic_arn: Ref) -> PolicyDocument:
    """Let alarms and budgets of this account publish; refuse plain HTTP."""
    return document(
        Statement(
            Sid="PublishAlerts",
            Effect=Allow,
            Principal=Principal("Service", ALERTING),
            Action=[sns.Publish],
            Resource=[topic_arn],
            Condition=_this_account(),
        ),
        Statement(
            Sid="RefusePlainHttp",
            Effect=Deny,
            Principal=Principal("*"),
            Action=[sns.Publish],
            Resource=[topic_arn],
            Condition=Condition(Bool({"aws:SecureTransport": "false"})),
        ),
    )


def log_bucket_policy(bucket: Bucket) -> PolicyDocument:
    """Refuse plain HTTP; let S3 and load balancers of this account deliver access logs."""
    return document(refuse_plain_http(bucket), _bucket_logs(bucket), _load_balancer_logs(bucket))


def _bucket_logs(bucket: Bucket) -> Statement:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html"""
    return Statement(
        Sid="DeliverAccessLogs",
        Effect=Allow,
        Principal=Principal("Service", "logging.s3.amazonaws.com"),
        Action=[s3.PutObject],
        Resource=[Sub(f"${{{bucket.title}.Arn}}/*")],
        Condition=_this_account(),
    )


def _load_balancer_logs(bucket: Bucket) -> Statement:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html"""
    balancers = "arn:${AWS::Partition}:elasticloadbalancing:${AWS::Region}:${AWS::AccountId}:loadbalancer/*"
    return Statement(
        Sid="DeliverLoadBalancerLogs",
        Effect=Allow,
        Principal=Principal("Service", "logdelivery.elasticloadbalancing.amazonaws.com"),
        Action=[s3.PutObject],
        Resource=[Sub(f"${{{bucket.title}.Arn}}/{LOAD_BALANCER_LOGS}/AWSLogs/${{AWS::AccountId}}/*")],
        Condition=Condition(ArnLike({"aws:SourceArn": Sub(balancers)})),
    )


def _logs_statement() -> Statement:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"""
    groups = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:*"
    return key_service_statement(
        "EncryptLogs",
        Principal("Service", Sub("logs.${AWS::Region}.${AWS::URLSuffix}")),
        [kms.Decrypt, kms.Encrypt, kms.GenerateDataKey, kms.ReEncryptFrom, kms.ReEncryptTo],
        Condition(StringLike({"kms:EncryptionContext:aws:logs:arn": Sub(groups)})),
    )


def _this_account() -> Condition:
    return Condition(StringEquals({"aws:SourceAccount": Ref("AWS::AccountId")}))
