"""Faults in the stack of MWAA: in the environment, the role of its tasks, and the lookups of secrets."""

import json
from typing import Any

from tests.cloudformation.faults.seeding import Damage, Fault, drop, put, remove
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
    """Remove these resources from DependsOn of the environment, so that they may be created later."""

    def damage(template: Json) -> None:
        waits = template["Resources"][_ENVIRONMENT]["DependsOn"]
        template["Resources"][_ENVIRONMENT]["DependsOn"] = [each for each in waits if each not in resources]

    return damage


_FAULTS_OF_ENVIRONMENTS = [
    Fault("airflow", airflow_rules.unknown_versions, put("3.0.6", _ENVIRONMENT, "AirflowVersion")),
    Fault("airflow", airflow_rules.wrong_sizes, put(2, _ENVIRONMENT, "MaxWorkers")),
    Fault("airflow", airflow_rules.wrong_properties, drop(_ENVIRONMENT, "RequirementsS3ObjectVersion")),
    Fault(
        "airflow",
        airflow_rules.wrong_networks,
        put([{"Ref": f"PrivateSubnet{each}Id"} for each in (1, 2, 3)], *_NETWORK, "SubnetIds"),
    ),
    Fault("airflow", airflow_rules.unprepared_logs, remove("DAGProcessingLogGroup")),
    Fault("airflow", airflow_rules.wrong_log_levels, put(False, *_LOGS, "TaskLogs", "Enabled")),
    Fault("airflow", airflow_rules.missing_log_dependencies, start_before("TaskLogGroup")),
    Fault("airflow", airflow_rules.wrong_options, drop(*_OPTIONS, "secrets.backend")),
]

_FAULTS_OF_ROLES = [
    Fault("airflow", airflow_role_rules.missing_grants, put(["s3:DeleteObject"], *_PIPELINE, 1, "Action")),
    Fault(
        "airflow",
        airflow_role_rules.unneeded_grants,
        reword("${AWS::StackName}/airflow/variables/", "", *_PIPELINE),
    ),
    Fault("airflow", airflow_role_rules.unneeded_grants, reword("/user_activity", "/*", *_PIPELINE)),
    Fault(
        "airflow",
        airflow_role_rules.wrong_trust,
        put(["airflow.amazonaws.com"], *_TRUST, "Principal", "Service"),
    ),
]

_FAULTS_OF_SECRETS = [
    Fault(
        "airflow",
        airflow_rules.wrong_patterns,
        reword("^todo_", "^todos_", *_OPTIONS, "secrets.backend_kwargs"),
    ),
]

FAULTS = [*_FAULTS_OF_ENVIRONMENTS, *_FAULTS_OF_ROLES, *_FAULTS_OF_SECRETS]
