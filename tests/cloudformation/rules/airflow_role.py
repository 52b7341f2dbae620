"""Rules for the role of Airflow: it has the permissions that MWAA and the pipeline need, and no others."""

import json
from collections.abc import Iterator
from typing import Any

from tests.cloudformation.rules.core import Json, Rule

ARN = "arn:${AWS::Partition}"
OURS = "${AWS::Region}:${AWS::AccountId}"
SERVICES = {"airflow.amazonaws.com", "airflow-env.amazonaws.com"}
KEY_USE = "kms:Decrypt kms:DescribeKey kms:GenerateDataKey"
THROUGH = {
    "StringEquals": {
        "kms:ViaService": [
            {"Fn::Sub": f"{name}.${{AWS::Region}}.amazonaws.com"} for name in ("s3", "sqs", "secretsmanager")
        ]
    }
}
NAMESPACES = {"StringEquals": {"cloudwatch:namespace": ["TodoApi/Etl", "TodoApi/Business", "AmazonMWAA"]}}
ZONES = [f"{ARN}:s3:::${{{zone}BucketName}}" for zone in ("Bronze", "Silver", "Gold")]
Row = tuple[str, list[str], Any]

# The permissions in https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-create-role.html, without the
# wildcards of that page. logs:CreateLogGroup is left out, because the stack creates the log groups.
OF_MWAA: list[Row] = [
    ("airflow:PublishMetrics", [f"{ARN}:airflow:{OURS}:environment/${{AWS::StackName}}"], None),
    (
        "s3:GetBucketLocation s3:GetBucketPublicAccessBlock s3:GetBucketVersioning"
        " s3:GetEncryptionConfiguration s3:ListBucket s3:ListBucketVersions",
        ["${ArtefactBucketArn}"],
        None,
    ),
    ("s3:GetObject s3:GetObjectVersion", ["${ArtefactBucketArn}/*"], None),
    ("s3:GetAccountPublicAccessBlock logs:DescribeLogGroups", ["*"], None),
    (
        "logs:CreateLogStream logs:GetLogEvents logs:GetLogGroupFields logs:GetLogRecord"
        " logs:GetQueryResults logs:PutLogEvents",
        [f"{ARN}:logs:{OURS}:log-group:airflow-${{AWS::StackName}}-*"],
        None,
    ),
    (
        "sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:GetQueueUrl"
        " sqs:ReceiveMessage sqs:SendMessage",
        # The account is `*`, because the queue of Celery belongs to an account of AWS.
        [f"{ARN}:sqs:${{AWS::Region}}:*:airflow-celery-*"],
        None,
    ),
    (f"{KEY_USE} kms:Encrypt", ["${StoreKeyArn}"], THROUGH),
]
# The permissions that the steps of the pipeline need. If a permission is missing, a DAG fails at run time.
OF_PIPELINE: list[Row] = [
    ("s3:GetBucketLocation s3:ListBucket s3:ListBucketMultipartUploads s3:ListBucketVersions", ZONES, None),
    (
        "s3:AbortMultipartUpload s3:DeleteObject s3:DeleteObjectVersion s3:GetObject s3:PutObject",
        [f"{zone}/*" for zone in ZONES],
        None,
    ),
    (KEY_USE, ["${BronzeKeyArn}", "${LakeKeyArn}"], None),
    (
        "glue:CreatePartition glue:DeletePartition glue:GetPartition glue:GetPartitions glue:UpdatePartition",
        [
            f"{ARN}:glue:{OURS}:{each}"
            for each in ("catalog", "database/${DatabaseName}", "table/${DatabaseName}/*")
        ],
        None,
    ),
    (
        "glue:GetTable glue:UpdateTable",
        [
            f"{ARN}:glue:{OURS}:{each}"
            for each in (
                "catalog",
                "database/${DatabaseName}",
                "table/${DatabaseName}/user_activity",
                "table/${DatabaseName}/category_activity",
            )
        ],
        None,
    ),
    (
        "secretsmanager:GetSecretValue",
        [
            f"{ARN}:secretsmanager:{OURS}:secret:{prefix}/*"
            for prefix in ("${ConnectionPrefix}", "${AWS::StackName}/airflow/variables")
        ],
        None,
    ),
    ("cloudwatch:PutMetricData", ["*"], NAMESPACES),
]
# The permissions that Airflow's operator for EMR Serverless needs in the DAG todo_history_rebuild.
OF_REBUILDS: list[Row] = [
    (
        "emr-serverless:GetApplication emr-serverless:StartApplication emr-serverless:StartJobRun",
        ["${HistoryApplication.Arn}"],
        None,
    ),
    (
        "emr-serverless:CancelJobRun emr-serverless:GetJobRun",
        ["${HistoryApplication.Arn}/jobruns/*"],
        None,
    ),
    (
        "iam:PassRole",
        ["${HistoryRole.Arn}"],
        {"StringEquals": {"iam:PassedToService": "emr-serverless.amazonaws.com"}},
    ),
]


def missing_grants(template: Json) -> list[str]:
    """List permissions that MWAA or the pipeline needs, but the role of Airflow does not have."""
    if "ExecutionRole" not in template["Resources"]:
        return []
    return sorted(_needed() - {*_granted(template["Resources"]["ExecutionRole"])})


def unneeded_grants(template: Json) -> list[str]:
    """List permissions that MWAA and the pipeline do not need with this action, resource and condition."""
    if "ExecutionRole" not in template["Resources"]:
        return []
    return sorted({*_granted(template["Resources"]["ExecutionRole"])} - _needed())


def wrong_trust(template: Json) -> list[str]:
    """List roles of Airflow whose trust policy does not allow exactly the two service names of MWAA."""
    role = template["Resources"].get("ExecutionRole")
    if role is None:
        return []
    condition = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    trust = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    found = [
        (
            {*each.get("Principal", {}).get("Service", [])},
            *(each.get(key) for key in ("Action", "Effect", "Condition")),
        )
        for each in trust
    ]
    return [] if found == [(SERVICES, ["sts:AssumeRole"], "Allow", condition)] else ["ExecutionRole"]


def _needed() -> set[str]:
    return {
        _line("Allow", action, resource, condition)
        for actions, resources, condition in (*OF_MWAA, *OF_PIPELINE, *OF_REBUILDS)
        for action in actions.split()
        for resource in resources
    }


def _granted(role: Json) -> Iterator[str]:
    for policy in role["Properties"].get("Policies", []):
        for each in policy["PolicyDocument"]["Statement"]:
            for action in each["Action"]:
                for resource in each["Resource"]:
                    yield _line(each["Effect"], action, _text(resource), each.get("Condition"))


def _line(effect: str, action: str, resource: str, condition: Any) -> str:
    return f"{effect} {action} on {resource}{' if ' + json.dumps(condition) if condition else ''}"


def _text(resource: Any) -> str:
    if isinstance(resource, dict) and "Fn::GetAtt" in resource:
        return f"${{{'.'.join(resource['Fn::GetAtt'])}}}"
    if isinstance(resource, dict) and "Ref" in resource:
        return f"${{{resource['Ref']}}}"
    return str(resource["Fn::Sub"] if isinstance(resource, dict) and "Fn::Sub" in resource else resource)


RULES: list[Rule] = [missing_grants, unneeded_grants, wrong_trust]
