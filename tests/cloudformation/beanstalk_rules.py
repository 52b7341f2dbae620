"""Rules for Elastic Beanstalk, whose options CloudFormation takes unread: a catalogue of names and values.

https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/command-options-general.html
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.cloudformation.rules import Json, Rule, of_type

BOOLEAN, NUMBER, ANY = "true|false", "[0-9]+", ".+"
VARIABLE = "aws:elasticbeanstalk:application:environment"
LISTENER = {
    "DefaultProcess": ANY,
    "ListenerEnabled": BOOLEAN,
    "Protocol": "HTTP|HTTPS",
    "SSLCertificateArns": ANY,
    "SSLPolicy": "ELBSecurityPolicy-[A-Za-z0-9-]+",
}
# The variables that the API reads, which .env.example explains.
API_VARIABLES = {
    "CHANGE_RETENTION_DAYS",
    "CORS_ORIGINS",
    "DATABASE_TIMEOUT_MS",
    "JWT_SECRET_ARN",
    "JWT_SECRET_KEY",
    "JWT_SECRET_KEY_PREVIOUS",
    "MONGODB_DATABASE",
    "MONGODB_URI",
    "RATE_LIMIT_ADDRESS",
    "RATE_LIMIT_SIGN_IN",
    "RATE_LIMIT_STORAGE_URI",
    "RATE_LIMIT_USER",
    "TODO_ENVIRONMENT",
    "TRUSTED_PROXIES",
    "WEB_CONCURRENCY",
}
OPTIONS: Mapping[str, Mapping[str, str]] = {
    "aws:autoscaling:asg": {"MinSize": NUMBER, "MaxSize": NUMBER, "Cooldown": NUMBER},
    "aws:autoscaling:launchconfiguration": {
        "DisableDefaultEC2SecurityGroup": BOOLEAN,
        "DisableIMDSv1": BOOLEAN,
        "IamInstanceProfile": ANY,
        "MonitoringInterval": "1 minute|5 minute",
        "RootVolumeSize": NUMBER,
        "RootVolumeType": "standard|gp2|gp3|io1",
        "SecurityGroups": ANY,
    },
    "aws:autoscaling:trigger": {
        "BreachDuration": NUMBER,
        "LowerThreshold": NUMBER,
        "MeasureName": "CPUUtilization|NetworkIn|NetworkOut|Latency|RequestCount|TargetResponseTime",
        "Period": NUMBER,
        "Statistic": "Minimum|Maximum|Sum|Average",
        "Unit": "Seconds|Percent|Bytes|Count|None",
        "UpperThreshold": NUMBER,
    },
    "aws:autoscaling:updatepolicy:rollingupdate": {
        "MaxBatchSize": NUMBER,
        "MinInstancesInService": NUMBER,
        "RollingUpdateEnabled": BOOLEAN,
        "RollingUpdateType": "Time|Health|Immutable",
    },
    "aws:ec2:instances": {
        "EnableSpot": BOOLEAN,
        "InstanceTypes": r"[a-z0-9]+\.[a-z0-9]+(,[a-z0-9]+\.[a-z0-9]+)*",
        "SupportedArchitectures": "arm64|x86_64",
    },
    "aws:ec2:vpc": {
        "AssociatePublicIpAddress": BOOLEAN,
        "ELBScheme": "public|internal",
        "ELBSubnets": ANY,
        "Subnets": ANY,
        "VPCId": ANY,
    },
    VARIABLE: dict.fromkeys(API_VARIABLES, ANY),
    "aws:elasticbeanstalk:application:environmentsecrets": dict.fromkeys(API_VARIABLES, ANY),
    "aws:elasticbeanstalk:cloudwatch:logs": {
        "DeleteOnTerminate": BOOLEAN,
        "RetentionInDays": "1|3|5|7|14|30|60|90|120|150|180|365|400|545|731|1827|3653",
        "StreamLogs": BOOLEAN,
    },
    "aws:elasticbeanstalk:command": {
        "BatchSize": NUMBER,
        "BatchSizeType": "Percentage|Fixed",
        "DeploymentPolicy": "AllAtOnce|Rolling|RollingWithAdditionalBatch|Immutable|TrafficSplitting",
        "IgnoreHealthCheck": BOOLEAN,
        "Timeout": NUMBER,
    },
    "aws:elasticbeanstalk:environment": {
        "EnvironmentType": "SingleInstance|LoadBalanced",
        "LoadBalancerIsShared": BOOLEAN,
        "LoadBalancerType": "classic|application|network",
        "ServiceRole": ANY,
    },
    "aws:elasticbeanstalk:environment:process:default": {
        "DeregistrationDelay": NUMBER,
        "HealthCheckInterval": NUMBER,
        "HealthCheckPath": "/.*",
        "HealthCheckTimeout": NUMBER,
        "HealthyThresholdCount": NUMBER,
        "MatcherHTTPCode": "[0-9,-]+",
        "Port": NUMBER,
        "Protocol": "HTTP|HTTPS",
        "StickinessEnabled": BOOLEAN,
        "UnhealthyThresholdCount": NUMBER,
    },
    "aws:elasticbeanstalk:healthreporting:system": {
        "ConfigDocument": r"\{.*\}",
        "EnhancedHealthAuthEnabled": BOOLEAN,
        "HealthCheckSuccessThreshold": "Ok|Warning|Degraded|Severe",
        "SystemType": "basic|enhanced",
    },
    "aws:elasticbeanstalk:managedactions": {
        "ManagedActionsEnabled": BOOLEAN,
        "PreferredStartTime": "(Mon|Tue|Wed|Thu|Fri|Sat|Sun):[0-2][0-9]:[0-5][0-9]",
        "ServiceRoleForManagedUpdates": ANY,
    },
    "aws:elasticbeanstalk:managedactions:platformupdate": {
        "InstanceRefreshEnabled": BOOLEAN,
        "UpdateLevel": "patch|minor",
    },
    "aws:elbv2:listener:443": LISTENER,
    "aws:elbv2:listener:default": LISTENER,
    "aws:elbv2:loadbalancer": {
        "AccessLogsS3Bucket": ANY,
        "AccessLogsS3Enabled": BOOLEAN,
        "AccessLogsS3Prefix": ANY,
        "IdleTimeout": NUMBER,
        "ManagedSecurityGroup": ANY,
        "SecurityGroups": ANY,
    },
}
# https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/health-enhanced-cloudwatch.html
ENVIRONMENT_METRICS = {
    *("EnvironmentHealth", "ApplicationRequestsTotal"),
    *(f"ApplicationRequests{each}" for each in ("2xx", "3xx", "4xx", "5xx")),
    *(f"ApplicationLatencyP{each}" for each in ("10", "50", "75", "85", "90", "95", "99", "99.9")),
    *(f"Instances{each}" for each in ("Ok", "Pending", "Info", "Unknown", "NoData", "Warning")),
    *("InstancesDegraded", "InstancesSevere"),
}
# What may not be weaker, whoever edits the options.
STRONG = {
    ("aws:autoscaling:launchconfiguration", "DisableIMDSv1"): {"true"},
    ("aws:autoscaling:launchconfiguration", "RootVolumeType"): {"gp3"},
    ("aws:ec2:vpc", "AssociatePublicIpAddress"): {"false"},
    ("aws:elasticbeanstalk:cloudwatch:logs", "StreamLogs"): {"true"},
    ("aws:elasticbeanstalk:command", "DeploymentPolicy"): {"Immutable", "RollingWithAdditionalBatch"},
    ("aws:elasticbeanstalk:command", "IgnoreHealthCheck"): {"false"},
    ("aws:elasticbeanstalk:environment", "EnvironmentType"): {"LoadBalanced"},
    ("aws:elasticbeanstalk:healthreporting:system", "SystemType"): {"enhanced"},
    ("aws:elasticbeanstalk:managedactions", "ManagedActionsEnabled"): {"true"},
    ("aws:elbv2:listener:443", "Protocol"): {"HTTPS"},
    ("aws:elbv2:loadbalancer", "AccessLogsS3Enabled"): {"true"},
}


def options(template: Json) -> Iterator[tuple[str, str, Any]]:
    """Yield namespace, name and value of each option, those under a condition included."""
    for environment in of_type(template, "AWS::ElasticBeanstalk::Environment").values():
        for option in environment["OptionSettings"]:
            chosen = option["Fn::If"][1] if "Fn::If" in option else option
            yield chosen["Namespace"], chosen["OptionName"], chosen["Value"]


def unknown_options(template: Json) -> list[str]:
    """Name options that Beanstalk does not know, or values that it does not take."""
    return [
        f"{namespace} {name}={value}"
        for namespace, name, value in options(template)
        if not is_known(namespace, name, value)
    ]


def is_known(namespace: str, name: str, value: Any) -> bool:
    """Tell whether the catalogue has the option and, where it is not looked up, the value."""
    pattern = OPTIONS.get(namespace, {}).get(name)
    values = value["Fn::If"][1:] if isinstance(value, dict) and "Fn::If" in value else [value]
    return pattern is not None and all(_fits(each, pattern) for each in values)


def _fits(value: Any, pattern: str) -> bool:
    looked_up = isinstance(value, dict)
    return looked_up or (isinstance(value, str) and re.fullmatch(pattern, value, re.DOTALL) is not None)


def weakened_options(template: Json) -> list[str]:
    """Name options that are missing, given twice, or weaker than they may be."""
    if not of_type(template, "AWS::ElasticBeanstalk::Environment"):
        return []
    given: dict[tuple[str, str], list[Any]] = {}
    for namespace, name, value in options(template):
        given.setdefault((namespace, name), []).append(value)
    weak = [key for key, strong in STRONG.items() if not set(map(str, given.get(key, [""]))) <= strong]
    twice = [key for key, values in given.items() if len(values) > 1]
    return [" ".join(key) for key in {*weak, *twice}]


def unpublished_metrics(template: Json) -> list[str]:
    """Name metrics of the health document that enhanced health does not have."""
    return [
        metric
        for _, name, value in options(template)
        if name == "ConfigDocument"
        for metric in json.loads(value)["CloudWatchMetrics"]["Environment"]
        if metric not in ENVIRONMENT_METRICS
    ]


def told_secrets(template: Json) -> list[str]:
    """Name secrets that are handed over as plain variables, which every reader of the console sees."""
    return [
        name
        for namespace, name, _ in options(template)
        if namespace == VARIABLE and name in ("JWT_SECRET_KEY", "JWT_SECRET_KEY_PREVIOUS", "MONGODB_URI")
    ]


def fixed_platforms(template: Json) -> list[str]:
    """Name environments whose platform can never change, or whose former versions are deleted."""
    environments = of_type(template, "AWS::ElasticBeanstalk::Environment")
    found = [name for name, each in environments.items() if each.get("PlatformArn") != {"Ref": "PlatformArn"}]
    return found + [
        name
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::ElasticBeanstalk::ApplicationVersion"
        and resource.get("UpdateReplacePolicy") != "Retain"
    ]


RULES: list[Rule] = [unknown_options, weakened_options, unpublished_metrics, told_secrets, fixed_platforms]
