"""Rules for what is designed of each type, and for properties that nobody has designed.

The tables do not say how the templates happen to be, but what must hold of any resource of a type, or of
those whose name matches; values as `writing.written` writes them.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from tests.cloudformation.damages import REFERENCES
from tests.cloudformation.design_services import NETWORK, SERVICES
from tests.cloudformation.design_storage import DATABASE, STORAGE
from tests.cloudformation.rules import Json, Rule, taggable
from tests.cloudformation.writing import Table, strays

TABLE: Table = [*STORAGE, *DATABASE, *NETWORK, *SERVICES]
# What other rules look at, and texts for people; by path, and whatever lies below.
ELSEWHERE: Mapping[str, str] = {
    "AWS::Budgets::Budget": "Budget.BudgetLimit Budget.BudgetName Budget.BudgetType Budget.CostFilters"
    " Budget.TimeUnit NotificationsWithSubscribers",
    "AWS::CloudWatch::Alarm": "AlarmActions AlarmDescription AlarmName ComparisonOperator DatapointsToAlarm"
    " EvaluationPeriods Metrics[].Expression Metrics[].Id Metrics[].MetricStat.Metric"
    " Metrics[].MetricStat.Period Metrics[].MetricStat.Stat Metrics[].ReturnData OKActions Threshold"
    " TreatMissingData",
    "AWS::CloudWatch::CompositeAlarm": "AlarmActions AlarmDescription AlarmRule OKActions",
    "AWS::CloudWatch::Dashboard": "DashboardBody",
    "AWS::DocDB::DBCluster": "ServerlessV2ScalingConfiguration.MinCapacity"
    " ServerlessV2ScalingConfiguration.MaxCapacity",
    "AWS::EC2::SecurityGroup": "SecurityGroupEgress SecurityGroupIngress",
    "AWS::ElasticBeanstalk::Application": "Description",
    "AWS::ElasticBeanstalk::Environment": "OptionSettings",
    "AWS::Glue::Database": "DatabaseInput.Description",
    "AWS::Glue::Table": "TableInput.Name TableInput.PartitionKeys TableInput.StorageDescriptor.Columns"
    " TableInput.StorageDescriptor.InputFormat TableInput.StorageDescriptor.Location"
    " TableInput.StorageDescriptor.OutputFormat"
    " TableInput.StorageDescriptor.SerdeInfo.SerializationLibrary",
    "AWS::IAM::Role": "AssumeRolePolicyDocument ManagedPolicyArns Path Policies",
    "AWS::KMS::Key": "KeyPolicy",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::Logs::MetricFilter": "FilterPattern LogGroupName MetricTransformations[].DefaultValue"
    " MetricTransformations[].MetricName MetricTransformations[].MetricNamespace"
    " MetricTransformations[].MetricValue MetricTransformations[].Unit",
    "AWS::S3::Bucket": "OwnershipControls PublicAccessBlockConfiguration VersioningConfiguration"
    " LifecycleConfiguration.Rules[].Id LifecycleConfiguration.Rules[].Transitions"
    " LoggingConfiguration.LogFilePrefix",
    "AWS::S3::BucketPolicy": "PolicyDocument",
    "AWS::SNS::TopicPolicy": "PolicyDocument",
    "AWS::SecretsManager::Secret": "Name SecretString",
}
# Airflow's rules know all of its properties themselves.
OPEN = {"AWS::MWAA::Environment", "AWS::EC2::VPCEndpoint"}
SECTIONS = {"AWSTemplateFormatVersion", "Conditions", "Description", "Outputs", "Parameters", "Resources"}
NEEDED = {"AWSTemplateFormatVersion", "Description", "Outputs", "Resources"}
ATTRIBUTES = {
    "Condition",
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "Properties",
    "Type",
    "UpdateReplacePolicy",
}
# The checks that somebody has looked at and found wrong in this one place.
SUPPRESSED = {
    "LogBucket": "CKV_AWS_18",  # logging its own access would never end
    "AWS::DocDB::DBInstance": "E3620",  # the linter's list lacks db.serverless
}


def off_design(template: Json) -> list[str]:
    """Name values that are missing, or that are not what is designed of their type."""
    return [
        finding
        for name, resource in template["Resources"].items()
        for kind, pattern, wanted in TABLE
        if kind == resource["Type"] and re.fullmatch(pattern or ".*", name)
        for finding in strays(name, resource.get("Properties", {}), wanted)
    ]


def unplanned_properties(template: Json) -> list[str]:
    """Name properties that are in no table: whoever needs one says there how it has to read."""
    return [
        f"{name} {path}"
        for name, resource in template["Resources"].items()
        if resource["Type"] in PLANNED
        for path in _paths(resource.get("Properties", {}))
        if not any(_within(path, known) for known in PLANNED[resource["Type"]])
    ]


def _paths(node: Any, path: str = "") -> set[str]:
    """Return the path of every value, items of lists as one; an expression is a value."""
    if isinstance(node, list):
        return {found for each in node for found in _paths(each, f"{path}[]")}
    if isinstance(node, dict) and not node.keys() & REFERENCES:
        return {found for key, each in node.items() for found in _paths(each, f"{path}.{key}".lstrip("."))}
    return {path}


def _within(path: str, known: str) -> bool:
    return path == known or path.startswith((f"{known}.", f"{known}["))


def _planned(kind: str) -> set[str]:
    told = {path.replace("[?]", "[]") for of, _, wanted in TABLE if of == kind for path in wanted}
    return {*told, *ELSEWHERE.get(kind, "").split(), str(taggable(kind))}


PLANNED = {kind: _planned(kind) for kind in {*(kind for kind, _, _ in TABLE), *ELSEWHERE} - OPEN}


def unplanned_sections(template: Json) -> list[str]:
    """Name parts of a template, or of a resource, that change how CloudFormation or a linter reads it."""
    findings = sorted((template.keys() - SECTIONS) | (NEEDED - template.keys()))
    for name, resource in template["Resources"].items():
        findings += [f"{name} {each}" for each in sorted(resource.keys() - ATTRIBUTES)]
        suppressed = SUPPRESSED.get(name, SUPPRESSED.get(resource["Type"], ""))
        told = re.findall(r"\b(?:CKV\w+|[EWI]\d{4})\b", json.dumps(resource.get("Metadata", {})))
        findings += [f"{name} suppresses {each}" for each in told if each != suppressed]
    return findings


RULES: list[Rule] = [off_design, unplanned_properties, unplanned_sections]
