"""Faults in the stack of MWAA: in the environment, the role of its tasks, and the lookups of secrets."""

import json
from typing import Any

from tests.cloudformation.faults.seeding import Damage, drop, faults, put, remove
from tests.cloudformation.rules import airflow as airflow_rules
from tests.cloudformation.rules import airflow_role as airflow_role_rules
from tests.cloudformation.rules.core import Json

_ENVIRONMENT = "Environment"
_OPTIONS = (_ENVIRONMENT, "AirflowConfigurationOptions")
_NETWORK = (_ENVIRONMENT, "NetworkConfiguration")
_LOGS = (_ENVIRONMENT, "LoggingConfiguration")
_SERVICE = ("ExecutionRole", "Policies", 0, "PolicyDocument", "Statement")
_PIPELINE = ("ExecutionRole", "Policies", 1, "PolicyDocument", "Statement")
_TRUST = ("ExecutionRole", "AssumeRolePolicyDocument", "Statement", 0)


def reword(old: str, new: str, resource: str, *path: str | int) -> Damage:
    """Replace text in all values at a path below the properties of a resource."""

    def damage(template: Json) -> None:
        place: Any = template["Resources"][resource]["Properties"]
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = json.loads(json.dumps(place[path[-1]]).replace(old, new))

    return damage


def start_before(*resources: str) -> Damage:
    """Remove these resources from DependsOn of the environment, so that it is created before them."""

    def damage(template: Json) -> None:
        waits = template["Resources"][_ENVIRONMENT]["DependsOn"]
        template["Resources"][_ENVIRONMENT]["DependsOn"] = [each for each in waits if each not in resources]

    return damage


_FAULTS_OF_ENVIRONMENTS = [
    *faults(
        "airflow",
        airflow_rules.unknown_versions,
        {
            "untested version": put("3.0.6", _ENVIRONMENT, "AirflowVersion"),
        },
    ),
    *faults(
        "airflow",
        airflow_rules.wrong_sizes,
        {
            "too many workers": put(2, _ENVIRONMENT, "MaxWorkers"),
        },
    ),
    *faults(
        "airflow",
        airflow_rules.wrong_properties,
        {
            "requirements without version": drop(_ENVIRONMENT, "RequirementsS3ObjectVersion"),
        },
    ),
    *faults(
        "airflow",
        airflow_rules.wrong_networks,
        {
            "three subnets": put(
                [{"Ref": f"PrivateSubnet{each}Id"} for each in (1, 2, 3)], *_NETWORK, "SubnetIds"
            ),
        },
    ),
    *faults(
        "airflow",
        airflow_rules.unprepared_logs,
        {
            "missing log group": remove("DAGProcessingLogGroup"),
        },
    ),
    *faults(
        "airflow",
        airflow_rules.wrong_log_levels,
        {
            "log disabled": put(False, *_LOGS, "TaskLogs", "Enabled"),
        },
    ),
    *faults(
        "airflow",
        airflow_rules.missing_log_dependencies,
        {
            "log group created after the environment": start_before("TaskLogGroup"),
        },
    ),
    *faults(
        "airflow",
        airflow_rules.wrong_options,
        {
            "secrets backend missing": drop(*_OPTIONS, "secrets.backend"),
        },
    ),
]

_FAULTS_OF_ROLES = [
    *faults(
        "airflow",
        airflow_role_rules.missing_grants,
        {
            **{f"statement {number} of MWAA missing": drop(*_SERVICE, number) for number in range(7)},
            "no permission to delete versions": put(["s3:DeleteObject"], *_PIPELINE, 1, "Action"),
        },
    ),
    *faults(
        "airflow",
        airflow_role_rules.unneeded_grants,
        {
            "access to every secret": reword("${AWS::StackName}/airflow/variables/", "", *_PIPELINE),
            "permission to update every table": reword("/user_activity", "/*", *_PIPELINE),
        },
    ),
    *faults(
        "airflow",
        airflow_role_rules.wrong_trust,
        {
            "one service missing in the trust policy": put(
                ["airflow.amazonaws.com"], *_TRUST, "Principal", "Service"
            ),
        },
    ),
    *faults("airflow", airflow_role_rules.wrong_paths, {"role without path": drop("ExecutionRole", "Path")}),
]

_FAULTS_OF_SECRETS = [
    *faults(
        "airflow",
        airflow_rules.wrong_patterns,
        {
            "lookup pattern of another prefix": reword(
                "^todo_", "^todos_", *_OPTIONS, "secrets.backend_kwargs"
            ),
        },
    ),
]

FAULTS = [*_FAULTS_OF_ENVIRONMENTS, *_FAULTS_OF_ROLES, *_FAULTS_OF_SECRETS]
