"""The MWAA environment and what has to be there before it."""

import json
from collections.abc import Sequence
from typing import Any

from troposphere import GetAtt, Ref, Sub, Template, iam, logs, mwaa

from cloudformation.airflow import policies
from cloudformation.parts.logs import add_log_group
from cloudformation.parts.policies import trust
from cloudformation.settings import Settings

# The property of each log, and how its group is called.
LOGS = {
    "DagProcessingLogs": "DAGProcessing",
    "SchedulerLogs": "Scheduler",
    "TaskLogs": "Task",
    "WebserverLogs": "WebServer",
    "WorkerLogs": "Worker",
}
# As all connections and variables of ours are called.
LOOKED_UP = "^todo_"
BACKEND = "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend"
MICRO = "mw1.micro"


def add_role(template: Template) -> iam.Role:
    """https://docs.aws.amazon.com/mwaa/latest/userguide/mwaa-create-role.html

    Under the path to which the key of Bronze listens.
    """
    return template.add_resource(
        iam.Role(
            "ExecutionRole",
            Path=Ref("BronzeRolePath"),
            AssumeRolePolicyDocument=trust(["airflow.amazonaws.com", "airflow-env.amazonaws.com"]),
            Policies=[
                iam.Policy(PolicyName="airflow", PolicyDocument=policies.service_policy()),
                iam.Policy(PolicyName="pipeline", PolicyDocument=policies.pipeline_policy()),
            ],
        )
    )


def add_log_groups(template: Template, settings: Settings) -> list[logs.LogGroup]:
    """https://docs.aws.amazon.com/mwaa/latest/userguide/monitoring-airflow.html

    MWAA would make them itself, and keep them for ever. Their names are its own.
    """
    return [
        add_log_group(
            template,
            settings,
            f"{name}LogGroup",
            Ref("StoreKeyArn"),
            Sub(f"airflow-${{AWS::StackName}}-{name}"),
        )
        for name in LOGS.values()
    ]


def add_environment(
    template: Template, settings: Settings, role: iam.Role, before: Sequence[Any]
) -> mwaa.Environment:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-mwaa-environment.html

    `before` is what has to be there first: log groups under their key, and secrets that DAGs look up.
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
            # Without the version MWAA keeps the file that it installed before.
            RequirementsS3ObjectVersion=Ref("RequirementsVersion"),
            AirflowConfigurationOptions=_options(),
            LoggingConfiguration=mwaa.LoggingConfiguration(
                **{name: mwaa.ModuleLoggingConfiguration(Enabled=True, LogLevel="INFO") for name in LOGS}
            ),
            NetworkConfiguration=mwaa.NetworkConfiguration(
                SecurityGroupIds=[Ref("AirflowSecurityGroupId")],
                SubnetIds=[Ref("PrivateSubnet1Id"), Ref("PrivateSubnet2Id")],
            ),
            WebserverAccessMode="PUBLIC_ONLY",
            WeeklyMaintenanceWindowStart="SUN:05:00",
            WorkerReplacementStrategy="GRACEFUL",
            DependsOn=list(before),
        )
    )


def _size(settings: Settings) -> dict[str, int]:
    servers = 1 if settings.airflow_class == MICRO else 2
    return {
        "MinWorkers": 1,
        "MaxWorkers": settings.airflow_workers,
        "Schedulers": settings.airflow_schedulers,
        "MinWebservers": servers,
        "MaxWebservers": servers,
    }


def _options() -> dict[str, Any]:
    """https://docs.aws.amazon.com/mwaa/latest/userguide/connections-secrets-manager.html

    Since 3.2 workers look secrets up for themselves. What is not ours is not asked for: `aws_default` above
    all, which every use of AWS would pay for, and which MWAA's own default leaves out as well.
    """
    lookups = {
        f"{kind}_{name}": value
        for kind in ("connections", "variables")
        for name, value in {"prefix": f"{policies.SECRETS}/{kind}", "lookup_pattern": LOOKED_UP}.items()
    }
    return {
        "core.dags_are_paused_at_creation": "False",
        "secrets.backend": BACKEND,
        "secrets.backend_kwargs": Sub(json.dumps(lookups)),
        "workers.secrets_backend": BACKEND,
        "workers.secrets_backend_kwargs": Sub(json.dumps(lookups)),
        # Every hour from then on gets its run, so an early one keeps a small worker busy for days.
        "todo.start_date": Ref("FirstHour"),
    }
