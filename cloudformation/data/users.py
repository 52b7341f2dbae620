"""The database users of the API and the pipeline: their secrets, and the function that rotates passwords.

The code of the function is in cloudformation/rotation.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from awacs import logs as log_actions
from awacs import secretsmanager as actions
from awacs import sns
from awacs.aws import StringEquals
from troposphere import (
    GetAtt,
    Ref,
    Sub,
    Template,
    awslambda,
    cloudformation,
    docdb,
    iam,
    logs,
    secretsmanager,
)

from cloudformation.components.database import CONNECTION_OPTIONS, connection_uri
from cloudformation.components.policies import USE_KEY, allow, document, trust
from cloudformation.settings import Settings

HOST = "${Cluster.Endpoint}"
# The paths of the certificates: in the Lambda function, and in the folder to which MWAA copies the DAGs.
FUNCTION_CA_FILE = "/var/task/certificates/global-bundle.pem"
AIRFLOW_CA_FILE = "/usr/local/airflow/dags/certificates/global-bundle.pem"
# Airflow's secrets backend finds a connection by this prefix and the name of the connection.
CONNECTION_PREFIX = "${AWS::StackName}/connections"
CONNECTION = "todo_database"
TIMEOUT_SECONDS = 120
ENI_POLICY = "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaENIManagementAccess"
NO_RESERVATION = "AWS refuses reserved concurrency in new accounts, which have a quota of 10"


class DatabaseUsers(cloudformation.AWSCustomObject):  # type: ignore[misc]  # troposphere has no types
    """A resource that creates the database users: CloudFormation calls the function if a property changes."""

    resource_type = "Custom::DatabaseUsers"
    props: ClassVar = {
        "ServiceToken": (str, True),
        "ServiceTimeout": (int, False),
        "SecretArns": (list, True),
        "CodeKey": (str, True),
        "DatabaseHost": (str, True),
        "DatabaseName": (str, True),
    }


def add_api_secret(template: Template) -> secretsmanager.Secret:
    """Add the secret with the database user of the API.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
    """
    user = json.dumps({"username": "todo_api"})
    return _add_secret(template, "ApiDatabaseSecret", "Database user of the API", user)


def add_pipeline_secret(template: Template, settings: Settings) -> secretsmanager.Secret:
    """Add the secret with the database user of the pipeline.

    https://airflow.apache.org/docs/apache-airflow/stable/howto/connection.html#json-format-example

    The secret is a connection of Airflow. Each task reads it, so after a rotation tasks use the new password.
    """
    connection = {
        "conn_type": "mongo",
        "host": HOST,
        "port": settings.database_port,
        "login": "todo_pipeline",
        "schema": settings.database_name,
        "extra": {**CONNECTION_OPTIONS, "tlsCAFile": AIRFLOW_CA_FILE},
    }
    return _add_secret(
        template,
        "PipelineDatabaseSecret",
        "Database user of the pipeline",
        Sub(json.dumps(connection)),
        Name=Sub(f"{CONNECTION_PREFIX}/{CONNECTION}"),
    )


def add_function(
    template: Template,
    settings: Settings,
    subnets: Sequence[Ref],
    group: logs.LogGroup,
    managed: Sequence[Ref],
) -> awslambda.Function:
    """Add the function that creates the users and rotates the passwords.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html

    `managed` are the secrets that the function may read and rotate; the first is that of the master user.
    """
    uri = connection_uri(settings, HOST, FUNCTION_CA_FILE)
    return template.add_resource(
        awslambda.Function(
            "RotationFunction",
            Description="Creates the database users and rotates their passwords",
            Runtime="python3.13",
            Architectures=["arm64"],
            Handler="cloudformation.rotation.function.handle",
            Code=awslambda.Code(S3Bucket=Ref("ArtefactBucketName"), S3Key=Ref("RotationBundleKey")),
            Role=GetAtt(_add_role(template, group, managed), "Arn"),
            MemorySize=256,
            Timeout=TIMEOUT_SECONDS,
            KmsKeyArn=Ref("StoreKeyArn"),
            Environment=awslambda.Environment(
                Variables={
                    "DATABASE_NAME": settings.database_name,
                    "DATABASE_URI": uri,
                    "MASTER_SECRET_ARN": managed[0],
                }
            ),
            VpcConfig=awslambda.VPCConfig(
                SecurityGroupIds=[Ref("RotationSecurityGroupId")], SubnetIds=list(subnets)
            ),
            LoggingConfig=awslambda.LoggingConfig(LogGroup=Ref(group)),
            # If the function fails three times for an event, Lambda sends the event to this topic.
            DeadLetterConfig=awslambda.DeadLetterConfig(TargetArn=Ref("AlertTopicArn")),
            Metadata={"checkov": {"skip": [{"id": "CKV_AWS_115", "comment": NO_RESERVATION}]}},
        )
    )


def add_users(
    template: Template,
    settings: Settings,
    function: awslambda.Function,
    secrets: Sequence[Ref],
    cluster: docdb.DBCluster,
    instances: Sequence[docdb.DBInstance],
) -> DatabaseUsers:
    """Create the users of these secrets in the cluster, whose instances must exist before the users.

    A new cluster has no users. Its host name is a property of this resource, so the users are created again.
    """
    users = DatabaseUsers(
        "DatabaseUsers",
        ServiceToken=GetAtt(function, "Arn"),
        ServiceTimeout=2 * TIMEOUT_SECONDS,
        SecretArns=list(secrets),
        CodeKey=Ref("RotationBundleKey"),
        DatabaseHost=GetAtt(cluster, "Endpoint"),
        DatabaseName=settings.database_name,
        DependsOn=list(instances),
    )
    template.add_resource(users)
    return users


def rotate_secrets(
    template: Template,
    settings: Settings,
    function: awslambda.Function,
    secrets: Mapping[str, Ref],
    users: DatabaseUsers,
) -> None:
    """Add the schedules on which Secrets Manager rotates the secrets, and let it call the function.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-rotationschedule.html

    `secrets` maps the title of each schedule to the ARN of its secret.
    """
    permission = template.add_resource(
        awslambda.Permission(
            "RotationPermission",
            FunctionName=Ref(function),
            Action="lambda:InvokeFunction",
            Principal="secretsmanager.amazonaws.com",
            SourceAccount=Ref("AWS::AccountId"),
        )
    )
    for title, secret in secrets.items():
        template.add_resource(
            secretsmanager.RotationSchedule(
                title,
                SecretId=secret,
                RotationLambdaARN=GetAtt(function, "Arn"),
                RotationRules=secretsmanager.RotationRules(AutomaticallyAfterDays=settings.rotation_days),
                # New passwords need no rotation. So Secrets Manager only tests a call of the function.
                RotateImmediatelyOnUpdate=False,
                DependsOn=[permission.title, users.title],
            )
        )


def _add_secret(
    template: Template, title: str, description: str, content: str | Sub, **optional: Any
) -> secretsmanager.Secret:
    return template.add_resource(
        secretsmanager.Secret(
            title,
            Description=description,
            KmsKeyId=Ref("StoreKeyArn"),
            GenerateSecretString=secretsmanager.GenerateSecretString(
                ExcludePunctuation=True,
                PasswordLength=64,
                SecretStringTemplate=content,
                GenerateStringKey="password",
            ),
            **optional,
        )
    )


def _add_role(template: Template, group: logs.LogGroup, managed: Sequence[Ref]) -> iam.Role:
    """Add the role of the Lambda function that rotates the passwords.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets-required-permissions-function.html
    """

    def through(*services: str) -> StringEquals:
        return StringEquals(
            {"kms:ViaService": [Sub(f"{name}.${{AWS::Region}}.amazonaws.com") for name in services]}
        )

    policy = document(
        allow(
            "RotateSecrets",
            [
                actions.DescribeSecret,
                actions.GetSecretValue,
                actions.PutSecretValue,
                actions.UpdateSecretVersionStage,
            ],
            managed,
        ),
        allow("UseStoreKey", USE_KEY, [Ref("StoreKeyArn")], through("secretsmanager", "lambda")),
        allow("WriteLogs", [log_actions.CreateLogStream, log_actions.PutLogEvents], [GetAtt(group, "Arn")]),
        allow("ReportFailures", [sns.Publish], [Ref("AlertTopicArn")]),
        allow("UseSignalKey", USE_KEY, [Ref("SignalKeyArn")], through("sns")),
    )
    return template.add_resource(
        iam.Role(
            "RotationRole",
            AssumeRolePolicyDocument=trust(["lambda.amazonaws.com"]),
            ManagedPolicyArns=[Sub(ENI_POLICY)],
            Policies=[iam.Policy(PolicyName="rotation", PolicyDocument=policy)],
        )
    )
