"""The MWAA environment, its execution role and its log groups."""

import json
from collections.abc import Sequence
from typing import Any

from awacs.aws import Statement
from troposphere import GetAtt, Ref, Sub, Template, iam, logs, mwaa

from cloudformation.airflow import policies
from cloudformation.components.logs import add_log_group
from cloudformation.components.policies import document, trust
from cloudformation.settings import Settings

# The property of the MWAA environment for each kind of log, and the suffix of its log group.
LOG_GROUP_SUFFIXES = {
    "DagProcessingLogs": "DAGProcessing",
    "SchedulerLogs": "Scheduler",
    "TaskLogs": "Task",
    "WebserverLogs": "WebServer",
    "WorkerLogs": "Worker",
}
# The secrets backend looks up only connections and variables whose names match this pattern.
LOOKUP_PATTERN = "^todo_"
SECRETS_BACKEND = "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend"
MICRO = "mw1.micro"


def add_role(template: Template, rebuilds: Sequence[Statement]) -> iam.Role:
    """Add the execution role of MWAA.

    https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-create-role.html

    The role has the IAM path of the roles that may use the key of Bronze. `rebuilds` are the statements that
    allow the role to start Spark jobs.
    """
    return template.add_resource(
        iam.Role(
            "ExecutionRole",
            Path=Ref("BronzeRolePath"),
            AssumeRolePolicyDocument=trust(["airflow.amazonaws.com", "airflow-env.amazonaws.com"]),
            Policies=[
                iam.Policy(PolicyName="airflow", PolicyDocument=policies.service_policy()),
                iam.Policy(PolicyName="pipeline", PolicyDocument=policies.pipeline_policy()),
                iam.Policy(PolicyName="rebuilds", PolicyDocument=document(*rebuilds)),
            ],
        )
    )


def add_log_groups(template: Template, settings: Settings) -> list[logs.LogGroup]:
    """Add the log groups of the MWAA environment.

    https://docs.aws.amazon.com/mwaa/latest/userguide/monitoring-airflow.html

    MWAA requires fixed names of log groups. If a log group is missing, MWAA creates it without a retention.
    """
    return [
        add_log_group(
            template,
            settings,
            f"{name}LogGroup",
            Ref("StoreKeyArn"),
            Sub(f"airflow-${{AWS::StackName}}-{name}"),
        )
        for name in LOG_GROUP_SUFFIXES.values()
    ]


def add_environment(
    template: Template, settings: Settings, role: iam.Role, dependencies: Sequence[Any]
) -> mwaa.Environment:
    """Add the MWAA environment.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-mwaa-environment.html

    `dependencies` are the resources that must exist before the environment: the log groups, and the secret
    that DAGs look up.
    """
    return template.add_resource(
        mwaa.Environment(
            "Environment",
            Name=Ref("AWS::StackName"),
            AirflowVersion=settings.airflow_version,
            EnvironmentClass=settings.airflow_class,
            **_size(settings),
            ExecutionRoleArn=GetAtt(role, "Arn"),
            KmsKey=Ref("StoreKeyArn"),
            SourceBucketArn=Ref("ArtefactBucketArn"),
            DagS3Path="dags",
            RequirementsS3Path="requirements.txt",
            # MWAA installs a changed requirements.txt only if this S3 version changes as well.
            RequirementsS3ObjectVersion=Ref("RequirementsVersion"),
            AirflowConfigurationOptions=_options(),
            LoggingConfiguration=mwaa.LoggingConfiguration(
                **{
                    name: mwaa.ModuleLoggingConfiguration(Enabled=True, LogLevel="INFO")
                    for name in LOG_GROUP_SUFFIXES
                }
            ),
            NetworkConfiguration=mwaa.NetworkConfiguration(
                SecurityGroupIds=[Ref("AirflowSecurityGroupId")],
                SubnetIds=[Ref("PrivateSubnet1Id"), Ref("PrivateSubnet2Id")],
            ),
            WebserverAccessMode="PUBLIC_ONLY",
            WeeklyMaintenanceWindowStart="SUN:05:00",
            WorkerReplacementStrategy="GRACEFUL",
            DependsOn=list(dependencies),
        )
    )


def _size(settings: Settings) -> dict[str, int]:
    web_servers = 1 if settings.airflow_class == MICRO else 2
    return {
        "MinWorkers": 1,
        "MaxWorkers": settings.airflow_workers,
        "Schedulers": settings.airflow_schedulers,
        "MinWebservers": web_servers,
        "MaxWebservers": web_servers,
    }


def _options() -> dict[str, Any]:
    """Return Airflow's configuration options, by section and name.

    https://docs.aws.amazon.com/mwaa/latest/userguide/connections-secrets-manager.html

    Since Airflow 3.2, the secrets backend of workers has its own options. LOOKUP_PATTERN excludes names that
    are not in Secrets Manager, above all `aws_default`, because AWS charges for each lookup, even of a
    missing name.
    """
    lookups = {
        f"{kind}_{name}": value
        for kind, prefix in {
            "connections": policies.CONNECTION_PREFIX,
            "variables": policies.VARIABLE_PREFIX,
        }.items()
        for name, value in {"prefix": prefix, "lookup_pattern": LOOKUP_PATTERN}.items()
    }
    return {
        "core.dags_are_paused_at_creation": "False",
        "secrets.backend": SECRETS_BACKEND,
        "secrets.backend_kwargs": Sub(json.dumps(lookups)),
        "workers.secrets_backend": SECRETS_BACKEND,
        "workers.secrets_backend_kwargs": Sub(json.dumps(lookups)),
        # Airflow schedules a run for every hour since the start date. So a date far in the past would keep a
        # small worker busy for days.
        "todo.start_date": Ref("FirstHour"),
        # The deployment creates these pools after the environment: cloudformation/deploy/finish.py.
        "todo.publish_pool": "todo_publish",
        "todo.slice_pool": "todo_slices",
    }
