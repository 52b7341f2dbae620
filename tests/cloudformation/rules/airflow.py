"""Rules for MWAA: the documented limits of its classes and versions, and the needs of the pipeline."""

import json
import re

from tests.cloudformation.rules import airflow_role as airflow_role_rules
from tests.cloudformation.rules.core import Json, Rule, of_type

# The versions of MWAA with which the DAGs are tested; this page lists all versions:
# https://docs.aws.amazon.com/mwaa/latest/userguide/airflow-versions.html
VERSIONS = {"3.2.1", "3.3.1"}
# The minimum and the maximum number of workers, schedulers and web servers, by environment class:
# https://docs.aws.amazon.com/mwaa/latest/userguide/environment-class.html
LARGER = {"workers": (1, 25), "schedulers": (2, 5), "webservers": (2, 5)}
CLASSES = {
    "mw1.micro": {"workers": (1, 1), "schedulers": (1, 1), "webservers": (1, 1)},
    "mw1.small": LARGER,
    "mw1.medium": LARGER,
    "mw1.large": LARGER,
    "mw1.xlarge": LARGER,
    "mw1.2xlarge": LARGER,
}
LOGS = {
    "DagProcessingLogs": "DAGProcessing",
    "SchedulerLogs": "Scheduler",
    "TaskLogs": "Task",
    "WebserverLogs": "WebServer",
    "WorkerLogs": "Worker",
}
BACKEND = "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend"
# The required options of Airflow; all values are strings. Because of the first option, DAGs of a new
# environment run before a person has enabled them.
OPTIONS = {
    "core.dags_are_paused_at_creation": "False",
    "secrets.backend": BACKEND,
    "workers.secrets_backend": BACKEND,
    "todo.start_date": {"Ref": "FirstHour"},
    "todo.publish_pool": "todo_publish",
    "todo.slice_pool": "todo_slices",
}
LOOKUPS = {"secrets.backend_kwargs", "workers.secrets_backend_kwargs"}
PATTERN = re.compile(r'"(\w+)_lookup_pattern": "([^"]*)"')
ASKED = {"connections": "todo_database", "variables": "todo_settings"}
# Properties with the same value in every environment. Other rules check the remaining properties.
FIXED = {
    "DagS3Path": "dags",
    "ExecutionRoleArn": {"Fn::GetAtt": ["ExecutionRole", "Arn"]},
    # MWAA requires the key that encrypts its bucket and its log groups.
    "KmsKey": {"Ref": "StoreKeyArn"},
    "Name": {"Ref": "AWS::StackName"},
    "RequirementsS3ObjectVersion": {"Ref": "RequirementsVersion"},
    "RequirementsS3Path": "requirements.txt",
    "SourceBucketArn": {"Ref": "ArtefactBucketArn"},
    # A private UI can be opened only from inside the VPC, and requires that packages are uploaded as wheels.
    "WebserverAccessMode": "PUBLIC_ONLY",
    "WorkerReplacementStrategy": "GRACEFUL",
}
SIZE_PROPERTIES = {
    "workers": ("MinWorkers", "MaxWorkers"),
    "schedulers": ("Schedulers", "Schedulers"),
    "webservers": ("MinWebservers", "MaxWebservers"),
}
# The properties that our templates use. Plugins, a startup script and customer-managed endpoints are left
# out, because the deployment creates none of them.
KNOWN = {
    *FIXED,
    *(name for pair in SIZE_PROPERTIES.values() for name in pair),
    *("AirflowConfigurationOptions", "AirflowVersion", "EnvironmentClass", "LoggingConfiguration"),
    *("NetworkConfiguration", "Tags", "WeeklyMaintenanceWindowStart"),
}
NETWORK = {
    "SecurityGroupIds": [{"Ref": "AirflowSecurityGroupId"}],
    "SubnetIds": [{"Ref": "PrivateSubnet1Id"}, {"Ref": "PrivateSubnet2Id"}],
}
WINDOW = re.compile(r"(MON|TUE|WED|THU|FRI|SAT|SUN):([01]\d|2[0-3]):(00|30)")


def unknown_versions(template: Json) -> list[str]:
    """List environments with an unknown version or class of MWAA, or with a version that is not tested."""
    environments = of_type(template, "AWS::MWAA::Environment")
    return [
        f"{name} {environment.get('AirflowVersion')} {environment.get('EnvironmentClass')}"
        for name, environment in environments.items()
        if environment.get("AirflowVersion") not in VERSIONS
        or environment.get("EnvironmentClass") not in CLASSES
    ]


def wrong_sizes(template: Json) -> list[str]:
    """List numbers of workers, schedulers or web servers outside the limits of the environment class."""
    findings = []
    for environment in of_type(template, "AWS::MWAA::Environment").values():
        for kind, (low, high) in CLASSES.get(str(environment.get("EnvironmentClass")), {}).items():
            fewest, most = (environment.get(name, 0) for name in SIZE_PROPERTIES[kind])
            if not low <= fewest <= most <= high:
                findings.append(f"{fewest} to {most} {kind}")
    return findings


def wrong_properties(template: Json) -> list[str]:
    """List properties with a value that MWAA or the deployment cannot use, or that are not in KNOWN."""
    findings = []
    for environment in of_type(template, "AWS::MWAA::Environment").values():
        findings += [key for key, value in FIXED.items() if environment.get(key) != value]
        findings += sorted(environment.keys() - KNOWN)
        if not WINDOW.fullmatch(environment.get("WeeklyMaintenanceWindowStart", "")):
            findings.append("WeeklyMaintenanceWindowStart")
    return findings


def wrong_networks(template: Json) -> list[str]:
    """List environments that do not use exactly their own security group and two private subnets."""
    return [
        f"{name} {key}"
        for name, environment in of_type(template, "AWS::MWAA::Environment").items()
        for key, wanted in NETWORK.items()
        if environment.get("NetworkConfiguration", {}).get(key) != wanted
    ]


def unprepared_logs(template: Json) -> list[str]:
    """List logs without a log group in the template; MWAA would create one without a key and a retention."""
    groups = of_type(template, "AWS::Logs::LogGroup").values()
    ready = [json.dumps(group.get("LogGroupName")) for group in groups]
    return [
        f"{environment} {name}"
        for environment in of_type(template, "AWS::MWAA::Environment")
        for name in LOGS.values()
        if json.dumps({"Fn::Sub": f"airflow-${{AWS::StackName}}-{name}"}) not in ready
    ]


def wrong_log_levels(template: Json) -> list[str]:
    """List logs that are disabled, or whose level is not INFO.

    The runbook needs lines of the level INFO, whereas lines of the level DEBUG may contain secrets.
    """
    return [
        log
        for environment in of_type(template, "AWS::MWAA::Environment").values()
        for log in LOGS
        if environment.get("LoggingConfiguration", {}).get(log) != {"Enabled": True, "LogLevel": "INFO"}
    ]


def missing_log_dependencies(template: Json) -> list[str]:
    """List log groups and secrets that are missing in the DependsOn of the environment."""
    first = [*of_type(template, "AWS::Logs::LogGroup"), *of_type(template, "AWS::SecretsManager::Secret")]
    return [
        each
        for environment in of_type(template, "AWS::MWAA::Environment")
        for each in first
        if each not in template["Resources"][environment].get("DependsOn", [])
    ]


def wrong_options(template: Json) -> list[str]:
    """List options of Airflow that are missing, unknown, or have a value that the DAGs cannot use."""
    findings = []
    for environment in of_type(template, "AWS::MWAA::Environment").values():
        given = environment.get("AirflowConfigurationOptions", {})
        findings += [key for key, value in OPTIONS.items() if given.get(key) != value]
        findings += sorted((LOOKUPS - given.keys()) | (given.keys() - {*OPTIONS, *LOOKUPS}))
    return findings


def wrong_patterns(template: Json) -> list[str]:
    """List lookup patterns that do not match the names that the DAGs read, or that match `aws_default`.

    Airflow would look up the connection `aws_default` at each use of AWS, and AWS charges each lookup.
    """
    findings = []
    for environment in of_type(template, "AWS::MWAA::Environment").values():
        given = environment.get("AirflowConfigurationOptions", {})
        for option in sorted(LOOKUPS & given.keys()):
            patterns = dict(PATTERN.findall(str(given[option])))
            findings += [
                f"{option} {kind}"
                for kind, asked in ASKED.items()
                if not _chooses(patterns.get(kind, "(?!)"), asked, "aws_default")
            ]
    return findings


def _chooses(pattern: str, ours: str, others: str) -> bool:
    return bool(re.match(pattern, ours)) and not re.match(pattern, others)


RULES: list[Rule] = [
    unknown_versions,
    wrong_sizes,
    wrong_properties,
    wrong_networks,
    unprepared_logs,
    wrong_log_levels,
    missing_log_dependencies,
    wrong_options,
    wrong_patterns,
    *airflow_role_rules.RULES,
]
