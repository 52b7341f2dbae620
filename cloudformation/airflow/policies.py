"""What Airflow and its tasks may do, as pure functions that return awacs statements.

Names in `${…}` are parameters of the stack.
"""

from awacs import airflow, cloudwatch, glue, kms, logs, s3, secretsmanager, sqs
from awacs.aws import PolicyDocument, Statement, StringEquals
from troposphere import Ref, Sub

from cloudformation.parts.policies import USE, allow, document

ZONES = ("Bronze", "Silver", "Gold")
NAMESPACES = ("TodoApi/Etl", "TodoApi/Business", "AmazonMWAA")
# Where the secrets backend looks; only what lies there can be read.
SECRETS = "${AWS::StackName}/airflow"


def service_policy() -> PolicyDocument:
    """Let MWAA run itself: https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-create-role.html"""
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
        # The queue of Celery lies in an account of AWS.
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
    """Let the tasks of the DAGs do what the pipeline does, on this environment's lake alone."""
    return document(
        allow(
            "ListZones",
            [s3.GetBucketLocation, s3.ListBucket, s3.ListBucketMultipartUploads, s3.ListBucketVersions],
            [_bucket(zone) for zone in ZONES],
        ),
        # Erasure and maintenance delete for good, which in a bucket with versions is an action of its own.
        allow(
            "WriteZones",
            [s3.AbortMultipartUpload, s3.DeleteObject, s3.DeleteObjectVersion, s3.GetObject, s3.PutObject],
            [Sub(f"{_bucket(zone).data['Fn::Sub']}/*") for zone in ZONES],
        ),
        allow("UseZoneKeys", USE, [Ref("BronzeKeyArn"), Ref("LakeKeyArn")]),
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
        allow("ReadSecrets", [secretsmanager.GetSecretValue], [_secrets()]),
        allow(
            "PublishMetrics",
            [cloudwatch.PutMetricData],
            ["*"],
            StringEquals({"cloudwatch:namespace": list(NAMESPACES)}),
        ),
    )


def _use_store_key() -> Statement:
    services = [Sub(f"{name}.${{AWS::Region}}.amazonaws.com") for name in ("s3", "sqs", "secretsmanager")]
    return allow(
        "UseStoreKey",
        [*USE, kms.Encrypt],
        [Ref("StoreKeyArn")],
        StringEquals({"kms:ViaService": services}),
    )


def _bucket(zone: str) -> Sub:
    return Sub(f"arn:${{AWS::Partition}}:s3:::${{{zone}BucketName}}")


def _secrets() -> Sub:
    return _arn("secretsmanager", f"secret:{SECRETS}/*")


def _arn(service: str, resource: str) -> Sub:
    return Sub(f"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{resource}")
