"""Faults in MWAA: its environment, the role of its tasks, what they look up."""

import json
from typing import Any

from tests.cloudformation import airflow_role_rules, airflow_rules, rules, secret_rules
from tests.cloudformation.faults import Damage, drop, faults, put, remove
from tests.cloudformation.rules import Json

_ENVIRONMENT = "Environment"
_OPTIONS = (_ENVIRONMENT, "AirflowConfigurationOptions")
_NETWORK = (_ENVIRONMENT, "NetworkConfiguration")
_LOGS = (_ENVIRONMENT, "LoggingConfiguration")
_SERVICE = ("ExecutionRole", "Policies", 0, "PolicyDocument", "Statement")
_PIPELINE = ("ExecutionRole", "Policies", 1, "PolicyDocument", "Statement")
_TRUST = ("ExecutionRole", "AssumeRolePolicyDocument", "Statement", 0)


def reword(old: str, new: str, resource: str, *path: str | int) -> Damage:
    """Replace text wherever it stands below a path of a resource's properties."""

    def damage(template: Json) -> None:
        place: Any = template["Resources"][resource]["Properties"]
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = json.loads(json.dumps(place[path[-1]]).replace(old, new))

    return damage


def start_before(*resources: str) -> Damage:
    """Have the environment wait for these no longer."""

    def damage(template: Json) -> None:
        waits = template["Resources"][_ENVIRONMENT]["DependsOn"]
        template["Resources"][_ENVIRONMENT]["DependsOn"] = [each for each in waits if each not in resources]

    return damage


_FAULTS_OF_ENVIRONMENTS = [
    *faults(
        "airflow",
        airflow_rules.unknown_versions,
        {
            "version untested": put("3.0.6", _ENVIRONMENT, "AirflowVersion"),
            "version without its patch": put("3.2", _ENVIRONMENT, "AirflowVersion"),
            "class misspelt": put("mw1.tiny", _ENVIRONMENT, "EnvironmentClass"),
        },
    ),
    *faults(
        "airflow",
        airflow_rules.wrong_sizes,
        {
            "too many workers": put(2, _ENVIRONMENT, "MaxWorkers"),
            "too many schedulers": put(2, _ENVIRONMENT, "Schedulers"),
            "schedulers left out": drop(_ENVIRONMENT, "Schedulers"),
            "two web servers": put(2, _ENVIRONMENT, "MaxWebservers"),
            "fewest above most": put(3, _ENVIRONMENT, "MinWorkers"),
        },
    ),
    *faults(
        "airflow",
        airflow_rules.unfit_environments,
        {
            "requirements without version": drop(_ENVIRONMENT, "RequirementsS3ObjectVersion"),
            "DAGs elsewhere": put("dag", _ENVIRONMENT, "DagS3Path"),
            "bucket of the lake": put({"Ref": "BronzeBucketName"}, _ENVIRONMENT, "SourceBucketArn"),
            "key of the lake": put({"Ref": "LakeKeyArn"}, _ENVIRONMENT, "KmsKey"),
            "role by name": put({"Ref": "ExecutionRole"}, _ENVIRONMENT, "ExecutionRoleArn"),
            "name that its logs lack": put({"Fn::Sub": "${AWS::StackName}-2"}, _ENVIRONMENT, "Name"),
            "private UI": put("PRIVATE_ONLY", _ENVIRONMENT, "WebserverAccessMode"),
            "access misspelt": put("PUBLIC", _ENVIRONMENT, "WebserverAccessMode"),
            "tasks killed by updates": put("FORCED", _ENVIRONMENT, "WorkerReplacementStrategy"),
            "plugins nobody uploads": put("plugins.zip", _ENVIRONMENT, "PluginsS3Path"),
            "script nobody uploads": put("startup.sh", _ENVIRONMENT, "StartupScriptS3Path"),
            "endpoints nobody makes": put("CUSTOMER", _ENVIRONMENT, "EndpointManagement"),
            "window of no day": put("SUNDAY:05:00", _ENVIRONMENT, "WeeklyMaintenanceWindowStart"),
            "window at a quarter": put("SUN:05:15", _ENVIRONMENT, "WeeklyMaintenanceWindowStart"),
            "window left out": drop(_ENVIRONMENT, "WeeklyMaintenanceWindowStart"),
        },
    ),
    *faults(
        "airflow",
        airflow_rules.wrong_networks,
        {
            "three subnets": put(
                [{"Ref": f"PrivateSubnet{each}Id"} for each in (1, 2, 3)], *_NETWORK, "SubnetIds"
            ),
            "one subnet twice": put([{"Ref": "PrivateSubnet1Id"}] * 2, *_NETWORK, "SubnetIds"),
            "a public subnet": put({"Ref": "PublicSubnet1Id"}, *_NETWORK, "SubnetIds", 0),
            "a subnet by its id": put("subnet-0123456789abcdef0", *_NETWORK, "SubnetIds", 1),
            "no subnets": drop(*_NETWORK, "SubnetIds"),
            "group of the API": put([{"Ref": "WebSecurityGroupId"}], *_NETWORK, "SecurityGroupIds"),
            "no group": drop(*_NETWORK, "SecurityGroupIds"),
        },
    ),
    *faults(
        "airflow",
        airflow_rules.unprepared_logs,
        {
            "log group lost": remove("DAGProcessingLogGroup"),
            "log group misspelt": reword("-Task", "-Tasks", "TaskLogGroup", "LogGroupName"),
        },
    ),
    *faults(
        "airflow",
        airflow_rules.quiet_logs,
        {
            "log off": put(False, *_LOGS, "TaskLogs", "Enabled"),
            "log left out": drop(*_LOGS, "WorkerLogs"),
            "level misspelt": put("WARN", *_LOGS, "TaskLogs", "LogLevel"),
            "level too quiet": put("CRITICAL", *_LOGS, "SchedulerLogs", "LogLevel"),
            "level that tells secrets": put("DEBUG", *_LOGS, "TaskLogs", "LogLevel"),
        },
    ),
    *faults(
        "airflow",
        airflow_rules.hasty_environments,
        {
            "log group too late": start_before("TaskLogGroup"),
            "secret too late": start_before("DatabaseConnection", "PipelineSettings"),
        },
    ),
    *faults(
        "airflow",
        airflow_rules.wrong_options,
        {
            "backend lost": drop(*_OPTIONS, "secrets.backend"),
            "backend of workers lost": drop(*_OPTIONS, "workers.secrets_backend_kwargs"),
            "backend misspelt": reword("secrets_manager", "secret_manager", *_OPTIONS, "secrets.backend"),
            "option misspelt": put("x", *_OPTIONS, "secret.backend"),
            "start of a day long ago": put("2020-01-01T00:00:00+00:00", *_OPTIONS, "todo.start_date"),
            "start lost": drop(*_OPTIONS, "todo.start_date"),
            "DAGs that nobody starts": put("True", *_OPTIONS, "core.dags_are_paused_at_creation"),
            "a truth value, not its text": put(False, *_OPTIONS, "core.dags_are_paused_at_creation"),
        },
    ),
    *faults("airflow", rules.tags_missing, {"environment untagged": drop(_ENVIRONMENT, "Tags", "Owner")}),
]

_FAULTS_OF_ROLES = [
    *faults(
        "airflow",
        airflow_role_rules.missing_grants,
        {
            **{f"statement {number} of MWAA lost": drop(*_SERVICE, number) for number in range(7)},
            **{f"statement {number} of the pipeline lost": drop(*_PIPELINE, number) for number in range(6)},
            "queue sought in this account": reword(":*:", ":${AWS::AccountId}:", *_SERVICE, 5, "Resource"),
            "queue misspelt": reword("airflow-celery", "celery", *_SERVICE, 5, "Resource"),
            "queue refused": put("Deny", *_SERVICE, 5, "Effect"),
            "logs of other groups": reword("airflow-$", "mwaa-$", *_SERVICE, 4, "Resource"),
            "objects without their slash": reword("/*", "", *_SERVICE, 2, "Resource"),
            "key not through the queue": reword("sqs.", "sns.", *_SERVICE, 6, "Condition"),
            "key of another stack": put([{"Ref": "SignalKeyArn"}], *_SERVICE, 6, "Resource"),
            "Gold forgotten": drop(*_PIPELINE, 1, "Resource", 2),
            "key of Bronze forgotten": drop(*_PIPELINE, 2, "Resource", 0),
            "tables forgotten": drop(*_PIPELINE, 3, "Resource", 2),
            "a namespace forgotten": reword("TodoApi/Business", "TodoApi", *_PIPELINE, 5, "Condition"),
            "secrets of another prefix": reword("/airflow/", "/mwaa/", *_PIPELINE, 4, "Resource"),
        },
    ),
    *faults(
        "airflow",
        airflow_role_rules.needless_grants,
        {
            "every secret": reword("${AWS::StackName}/airflow/", "", *_PIPELINE, 4, "Resource"),
            "buckets deleted": put(["s3:DeleteBucket"], *_PIPELINE, 0, "Action"),
            "a key without condition": drop(*_SERVICE, 6, "Condition"),
        },
    ),
    *faults(
        "airflow",
        airflow_role_rules.wrong_trust,
        {
            "half a trust": put(["airflow.amazonaws.com"], *_TRUST, "Principal", "Service"),
            "trust misspelt": reword("airflow-env", "airflow-envs", *_TRUST, "Principal"),
            "trust in instances": reword("airflow-env", "ec2", *_TRUST, "Principal"),
            "trust of another kind": put(["sts:AssumeRoleWithWebIdentity"], *_TRUST, "Action"),
            "trust for any account": drop(*_TRUST, "Condition"),
        },
    ),
    *faults("airflow", airflow_role_rules.wrong_paths, {"path lost": drop("ExecutionRole", "Path")}),
    *faults("airflow", rules.action_wildcards, {"all of S3": put(["s3:*"], *_PIPELINE, 1, "Action")}),
    *faults(
        "airflow",
        rules.resource_wildcards,
        {
            "every key": put(["*"], *_SERVICE, 6, "Resource"),
            "every namespace": drop(*_PIPELINE, 5, "Condition"),
        },
    ),
]

_CONNECTION = ("DatabaseConnection", "SecretString")
_SETTINGS = ("PipelineSettings", "SecretString")
_FAULTS_OF_SECRETS = [
    *faults(
        "airflow",
        secret_rules.unsought_secrets,
        {
            "prefix misspelt": reword(
                "airflow/connections", "airflow/connection", *_OPTIONS, "secrets.backend_kwargs"
            ),
            "prefix of workers misspelt": reword(
                "airflow/variables", "variables", *_OPTIONS, "workers.secrets_backend_kwargs"
            ),
            "lookups that are no JSON": put({"Fn::Sub": "{prefix: x}"}, *_OPTIONS, "secrets.backend_kwargs"),
            "connection named otherwise": reword("/airflow/", "/", "DatabaseConnection", "Name"),
            "variable named otherwise": reword("todo_settings", "settings", "PipelineSettings", "Name"),
        },
    ),
    *faults(
        "airflow",
        airflow_rules.wrong_patterns,
        {
            "pattern of others": reword("^todo_", "^todos_", *_OPTIONS, "secrets.backend_kwargs"),
            "everything looked up": reword("^todo_", ".*", *_OPTIONS, "workers.secrets_backend_kwargs"),
            "no pattern": reword("variables_lookup_pattern", "pattern", *_OPTIONS, "secrets.backend_kwargs"),
        },
    ),
    *faults(
        "airflow",
        secret_rules.wrong_contents,
        {
            "password told": reword(
                "{{resolve:secretsmanager:${DatabaseSecretArn}:SecretString:password}}", "1234", *_CONNECTION
            ),
            "no TLS": reword('tls\\": \\"true', 'tls\\": \\"false', *_CONNECTION),
            "certificates elsewhere": reword("certificates/global", "global", *_CONNECTION),
            "writes repeated": reword('retryWrites\\": \\"false', 'retryWrites\\": \\"true', *_CONNECTION),
            "another port": reword("27017", "27018", *_CONNECTION),
            "a zone twice": reword("GoldBucketName", "SilverBucketName", *_SETTINGS),
            "figures of prod": reword('\\"dev\\"', '\\"prod\\"', *_SETTINGS),
            "metrics to the log": reword("cloudwatch", "log", *_SETTINGS),
        },
    ),
]

FAULTS = [*_FAULTS_OF_ENVIRONMENTS, *_FAULTS_OF_ROLES, *_FAULTS_OF_SECRETS]
