"""The permissions of MWAA's execution role: one policy for MWAA, and one for the pipeline's tasks.

Names in `${…}` are parameters of the stack, which CloudFormation replaces.
"""

from awacs import airflow, cloudwatch, glue, kms, logs, s3, secretsmanager, sqs
from awacs.aws import PolicyDocument, Statement, StringEquals
from troposphere import Ref, Sub

from cloudformation.components.day_views import day_views
from cloudformation.components.policies import USE_KEY, allow, document

ZONES = ("Bronze", "Silver", "Gold")
METRIC_NAMESPACES = ("TodoApi/Etl", "TodoApi/Business", "AmazonMWAA")
# The secrets backend reads secrets with these prefixes; the role can read no other secret. The
# connection is in the stack `data`, because that stack rotates the password of the connection.
CONNECTION_PREFIX, VARIABLE_PREFIX = "${ConnectionPrefix}", "${AWS::StackName}/airflow/variables"


def service_policy() -> PolicyDocument:
    """Return the policy that MWAA requires: https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-create-role.html"""
    return document(
        allow("PublishState", [airflow.PublishMetrics], [_arn("airflow", "environment/${AWS::StackName}")]),
        allow(
            "ReadArtefactBucket",
            [
                s3.GetBucketLocation,
                s3.GetBucketPublicAccessBlock,
                s3.GetBucketVersioning,
                s3.GetEncryptionConfiguration,
                s3.ListBucket,
                s3.ListBucketVersions,
            ],
            [Ref("ArtefactBucketArn")],
        ),
        allow("ReadArtefacts", [s3.GetObject, s3.GetObjectVersion], [Sub("${ArtefactBucketArn}/*")]),
        allow("AskAboutAccount", [s3.GetAccountPublicAccessBlock, logs.DescribeLogGroups], ["*"]),
        allow(
            "WriteAndShowLogs",
            [
                logs.CreateLogStream,
                logs.GetLogEvents,
                logs.GetLogGroupFields,
                logs.GetLogRecord,
                logs.GetQueryResults,
                logs.PutLogEvents,
            ],
            [_arn("logs", "log-group:airflow-${AWS::StackName}-*")],
        ),
        # The Celery queue of MWAA is in an account of AWS, not in this account.
        allow(
            "UseQueue",
            [
                sqs.ChangeMessageVisibility,
                sqs.DeleteMessage,
                sqs.GetQueueAttributes,
                sqs.GetQueueUrl,
                sqs.ReceiveMessage,
                sqs.SendMessage,
            ],
            [Sub("arn:${AWS::Partition}:sqs:${AWS::Region}:*:airflow-celery-*")],
        ),
        _use_store_key(),
    )


def pipeline_policy() -> PolicyDocument:
    """Return the policy of the pipeline's tasks, limited to the lake of this environment."""
    return document(
        allow(
            "ListZones",
            [s3.GetBucketLocation, s3.ListBucket, s3.ListBucketMultipartUploads, s3.ListBucketVersions],
            [_bucket(zone) for zone in ZONES],
        ),
        # Erasure and maintenance delete files permanently. In a versioned bucket this requires the permission
        # DeleteObjectVersion.
        allow(
            "WriteZones",
            [s3.AbortMultipartUpload, s3.DeleteObject, s3.DeleteObjectVersion, s3.GetObject, s3.PutObject],
            [Sub(f"{_bucket(zone).data['Fn::Sub']}/*") for zone in ZONES],
        ),
        allow("UseZoneKeys", USE_KEY, [Ref("BronzeKeyArn"), Ref("LakeKeyArn")]),
        allow(
            "PublishPartitions",
            [
                glue.CreatePartition,
                glue.DeletePartition,
                glue.GetPartition,
                glue.GetPartitions,
                glue.UpdatePartition,
            ],
            [
                _arn("glue", "catalog"),
                _arn("glue", "database/${DatabaseName}"),
                _arn("glue", "table/${DatabaseName}/*"),
            ],
        ),
        allow(
            "MoveCutoffOfViews",
            [glue.GetTable, glue.UpdateTable],
            [
                _arn("glue", "catalog"),
                _arn("glue", "database/${DatabaseName}"),
                *(_arn("glue", f"table/${{DatabaseName}}/{name}") for name in day_views()),
            ],
        ),
        allow(
            "ReadSecrets",
            [secretsmanager.GetSecretValue],
            [_arn("secretsmanager", f"secret:{prefix}/*") for prefix in (CONNECTION_PREFIX, VARIABLE_PREFIX)],
        ),
        allow(
            "PublishMetrics",
            [cloudwatch.PutMetricData],
            ["*"],
            StringEquals({"cloudwatch:namespace": list(METRIC_NAMESPACES)}),
        ),
    )


def _use_store_key() -> Statement:
    services = [Sub(f"{name}.${{AWS::Region}}.amazonaws.com") for name in ("s3", "sqs", "secretsmanager")]
    return allow(
        "UseStoreKey",
        [*USE_KEY, kms.Encrypt],
        [Ref("StoreKeyArn")],
        StringEquals({"kms:ViaService": services}),
    )


def _bucket(zone: str) -> Sub:
    return Sub(f"arn:${{AWS::Partition}}:s3:::${{{zone}BucketName}}")


def _arn(service: str, resource: str) -> Sub:
    return Sub(f"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{resource}")
