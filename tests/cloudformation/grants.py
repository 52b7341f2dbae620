"""Who may do what to what: every policy once more, in the words of whoever reviews it.

Written as `writing.written` writes values: @Name refers, @Name.Arn asks for an attribute, ~text fills in.
"""

from collections.abc import Mapping
from dataclasses import dataclass

ACCOUNT = "AWS:~arn:${AWS::Partition}:iam::${AWS::AccountId}:root"
EVERYBODY = "*"
# A service of AWS acts for any account that asks it to, unless it has to say for whom.
FOR_US = "{StringEquals: {aws:SourceAccount: @AWS::AccountId}}"
WITHOUT_TLS = "{Bool: {aws:SecureTransport: false}}"
ALERTING = "cloudwatch.amazonaws.com budgets.amazonaws.com"
_OURS = "${AWS::Region}:${AWS::AccountId}"


@dataclass(frozen=True)
class Grant:
    """A statement: `may` and `to` are words in any order, `on` is one resource a word or all of them."""

    may: str
    on: str
    to: str = ""
    when: str = ""
    refused: bool | None = False


def _through(*services: str) -> str:
    named = ", ".join(f"~{each}.${{AWS::Region}}.amazonaws.com" for each in services)
    return f"{{StringEquals: {{kms:ViaService: [{named}]}}}}"


def _trust(*services: str, when: str = FOR_US) -> Grant:
    return Grant("sts:AssumeRole", "", to=" ".join(services), when=when)


# CloudFormation's own calls, and what somebody needs who has to take a key out of use.
_ADMINISTER = Grant(
    "kms:CancelKeyDeletion kms:DescribeKey kms:DisableKey kms:DisableKeyRotation kms:EnableKey"
    " kms:EnableKeyRotation kms:GetKeyPolicy kms:GetKeyRotationStatus kms:ListGrants kms:ListKeyPolicies"
    " kms:ListResourceTags kms:PutKeyPolicy kms:RevokeGrant kms:ScheduleKeyDeletion kms:TagResource"
    " kms:UntagResource kms:UpdateKeyDescription",
    "*",
    to=ACCOUNT,
)
_READ_AND_WRITE = "kms:Decrypt kms:DescribeKey kms:GenerateDataKey"
_RE_ENCRYPT = "kms:Encrypt kms:ReEncryptFrom kms:ReEncryptTo"
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
_LOGS = Grant(
    f"kms:Decrypt kms:GenerateDataKey {_RE_ENCRYPT}",
    "*",
    to="~logs.${AWS::Region}.${AWS::URLSuffix}",
    when="{StringLike: {kms:EncryptionContext:aws:logs:arn: "
    f"~arn:${{AWS::Partition}}:logs:{_OURS}:log-group:*}}}}",
)
# https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
_ALERTS = Grant("kms:Decrypt kms:GenerateDataKey", "*", to=ALERTING, when=FOR_US)


def bucket_grants(bucket: str, key: str) -> Mapping[str, Grant]:
    """Return what every encrypted bucket refuses: plain HTTP, other algorithms, other keys."""
    algorithm = "s3:x-amz-server-side-encryption"
    key_id = f"{algorithm}-aws-kms-key-id"
    objects = f"~${{{bucket}.Arn}}/*"
    return {
        "RefusePlainHttp": refuse_plain_http(bucket),
        "RefuseOtherAlgorithm": Grant(
            "s3:PutObject",
            objects,
            to=EVERYBODY,
            when=f"{{Null: {{{algorithm}: false}}, StringNotEquals: {{{algorithm}: aws:kms}}}}",
            refused=True,
        ),
        "RefuseOtherKey": Grant(
            "s3:PutObject",
            objects,
            to=EVERYBODY,
            when=f"{{ArnNotEquals: {{{key_id}: @{key}.Arn}}, Null: {{{key_id}: false}}}}",
            refused=True,
        ),
    }


def refuse_plain_http(bucket: str) -> Grant:
    """Return what no bucket may lack."""
    resources = f"@{bucket}.Arn ~${{{bucket}.Arn}}/*"
    return Grant("s3:*", resources, to=EVERYBODY, when=WITHOUT_TLS, refused=True)


FOUNDATION: Mapping[str, Mapping[str, Grant]] = {
    "StoreKey": {
        "AdministerThroughIam": _ADMINISTER,
        "UseThroughIam": Grant(f"{_READ_AND_WRITE} {_RE_ENCRYPT}", "*", to=ACCOUNT),
        # DocumentDB and MWAA keep the key for what they run for us; a grant for anybody else is refused.
        "GrantToServices": Grant(
            "kms:CreateGrant", "*", to=ACCOUNT, when="{Bool: {kms:GrantIsForAWSResource: true}}"
        ),
        "EncryptLogs": _LOGS,
    },
    "SignalKey": {
        "AdministerThroughIam": _ADMINISTER,
        "UseThroughIam": Grant(_READ_AND_WRITE, "*", to=ACCOUNT),
        "EncryptLogs": _LOGS,
        "PublishAlerts": _ALERTS,
    },
    "AlertTopicPolicy": {
        "PublishAlerts": Grant("sns:Publish", "@AlertTopic", to=ALERTING, when=FOR_US),
        "RefusePlainHttp": Grant("sns:Publish", "@AlertTopic", to=EVERYBODY, when=WITHOUT_TLS, refused=True),
    },
    "ArtefactBucketPolicy": bucket_grants("ArtefactBucket", "StoreKey"),
    "LogBucketPolicy": {
        "RefusePlainHttp": refuse_plain_http("LogBucket"),
        "DeliverAccessLogs": Grant(
            "s3:PutObject", "~${LogBucket.Arn}/*", to="logging.s3.amazonaws.com", when=FOR_US
        ),
        # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
        "DeliverLoadBalancerLogs": Grant(
            "s3:PutObject",
            "~${LogBucket.Arn}/load-balancer/AWSLogs/${AWS::AccountId}/*",
            to="logdelivery.elasticloadbalancing.amazonaws.com",
            when="{ArnLike: {aws:SourceArn: "
            f"~arn:${{AWS::Partition}}:elasticloadbalancing:{_OURS}:loadbalancer/*}}}}",
        ),
    },
}

LAKE: Mapping[str, Mapping[str, Grant]] = {
    "LakeKey": {
        "AdministerThroughIam": _ADMINISTER,
        "UseThroughIam": Grant(_READ_AND_WRITE, "*", to=ACCOUNT),
    },
    "BronzeKey": {
        "AdministerThroughIam": _ADMINISTER,
        # Personal data: administrators of the account cannot read it, only the roles of the pipeline.
        "UseByBronzeRoles": Grant(
            _READ_AND_WRITE,
            "*",
            to=ACCOUNT,
            when="{ArnLike: {aws:PrincipalArn: ~arn:${AWS::Partition}:iam::${AWS::AccountId}"
            ":role/todo-insights/ENVIRONMENT/bronze/*}}",
        ),
    },
    "BronzeBucketPolicy": bucket_grants("BronzeBucket", "BronzeKey"),
    "SilverBucketPolicy": bucket_grants("SilverBucket", "LakeKey"),
    "GoldBucketPolicy": bucket_grants("GoldBucket", "LakeKey"),
    "ResultBucketPolicy": bucket_grants("ResultBucket", "LakeKey"),
}

ROLES: Mapping[str, Mapping[str, Grant]] = {
    # https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
    "FlowLogRole": {
        "trust": _trust("vpc-flow-logs.amazonaws.com"),
        "WriteFlowLog": Grant(
            "logs:CreateLogStream logs:DescribeLogStreams logs:PutLogEvents", "@FlowLogGroup.Arn"
        ),
        "FindLogGroup": Grant("logs:DescribeLogGroups", "*"),
    },
    # https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/iam-servicerole.html
    "ServiceRole": {
        "trust": _trust(
            "elasticbeanstalk.amazonaws.com", when="{StringEquals: {sts:ExternalId: elasticbeanstalk}}"
        )
    },
    "InstanceRole": {
        "trust": _trust("ec2.amazonaws.com", when=""),
        "ReadSecrets": Grant("secretsmanager:GetSecretValue", "@JwtSecretArn @DatabaseUri"),
        "ReadBundles": Grant("s3:GetObject", "~${ArtefactBucketArn}/webapp/*"),
        "ReadWithKey": Grant("kms:Decrypt", "@StoreKeyArn", when=_through("s3", "secretsmanager")),
    },
}

MANAGED = {
    "ServiceRole": {
        "service-role/AWSElasticBeanstalkEnhancedHealth",
        "AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy",
    },
    "InstanceRole": {"AWSElasticBeanstalkWebTier"},
}

_ZONES = [f"~arn:${{AWS::Partition}}:s3:::${{{zone}BucketName}}" for zone in ("Bronze", "Silver", "Gold")]
_GLUE = f"~arn:${{AWS::Partition}}:glue:{_OURS}"
AIRFLOW: Mapping[str, Mapping[str, Grant]] = {
    "ExecutionRole": {
        # https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-create-role.html
        "trust": _trust("airflow.amazonaws.com", "airflow-env.amazonaws.com"),
        "PublishState": Grant(
            "airflow:PublishMetrics",
            f"~arn:${{AWS::Partition}}:airflow:{_OURS}:environment/${{AWS::StackName}}",
        ),
        "ReadArtefactBucket": Grant(
            "s3:GetBucketLocation s3:GetBucketPublicAccessBlock s3:GetBucketVersioning"
            " s3:GetEncryptionConfiguration s3:ListBucket s3:ListBucketVersions",
            "@ArtefactBucketArn",
        ),
        "ReadArtefacts": Grant("s3:GetObject s3:GetObjectVersion", "~${ArtefactBucketArn}/*"),
        "AskAboutAccount": Grant("s3:GetAccountPublicAccessBlock logs:DescribeLogGroups", "*"),
        "WriteAndShowLogs": Grant(
            "logs:CreateLogStream logs:GetLogEvents logs:GetLogGroupFields logs:GetLogRecord"
            " logs:GetQueryResults logs:PutLogEvents",
            f"~arn:${{AWS::Partition}}:logs:{_OURS}:log-group:airflow-${{AWS::StackName}}-*",
        ),
        "UseQueue": Grant(
            "sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:GetQueueUrl"
            " sqs:ReceiveMessage sqs:SendMessage",
            # The queue of Celery lies in an account of AWS.
            "~arn:${AWS::Partition}:sqs:${AWS::Region}:*:airflow-celery-*",
        ),
        "UseStoreKey": Grant(
            f"{_READ_AND_WRITE} kms:Encrypt", "@StoreKeyArn", when=_through("s3", "sqs", "secretsmanager")
        ),
        # What the steps of the pipeline do; erasure and maintenance delete versions for good.
        "ListZones": Grant(
            "s3:GetBucketLocation s3:ListBucket s3:ListBucketMultipartUploads s3:ListBucketVersions",
            " ".join(_ZONES),
        ),
        "WriteZones": Grant(
            "s3:AbortMultipartUpload s3:DeleteObject s3:DeleteObjectVersion s3:GetObject s3:PutObject",
            " ".join(f"{zone}/*" for zone in _ZONES),
        ),
        "UseZoneKeys": Grant(_READ_AND_WRITE, "@BronzeKeyArn @LakeKeyArn"),
        "PublishPartitions": Grant(
            "glue:CreatePartition glue:DeletePartition glue:GetPartition glue:GetPartitions"
            " glue:UpdatePartition",
            f"{_GLUE}:catalog {_GLUE}:database/${{DatabaseName}} {_GLUE}:table/${{DatabaseName}}/*",
        ),
        "ReadSecrets": Grant(
            "secretsmanager:GetSecretValue",
            f"~arn:${{AWS::Partition}}:secretsmanager:{_OURS}:secret:${{AWS::StackName}}/airflow/*",
        ),
        "PublishMetrics": Grant(
            "cloudwatch:PutMetricData",
            "*",
            when="{StringEquals: {cloudwatch:namespace: [TodoApi/Etl, TodoApi/Business, AmazonMWAA]}}",
        ),
    },
}

GRANTS = {**FOUNDATION, **LAKE, **ROLES, **AIRFLOW}
