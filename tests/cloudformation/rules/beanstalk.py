"""Rules for Elastic Beanstalk, because CloudFormation does not check its options."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.cloudformation.rules.beanstalk_catalogue import ANY, CATALOGUE, ENVIRONMENT_METRICS, Values
from tests.cloudformation.rules.core import Json, Rule, of_type

VARIABLE = "aws:elasticbeanstalk:application:environment"
SECRET = "aws:elasticbeanstalk:application:environmentsecrets"
# https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/AWSHowTo.secrets.env-vars.html
WHERE_IT_IS = "arn:aws[a-z-]*:(secretsmanager|ssm):.+"
# The environment variables that the API reads; .env.example describes them.
API_VARIABLES = {
    "CHANGE_RETENTION_DAYS",
    "CORS_ORIGINS",
    "DATABASE_TIMEOUT_MS",
    "JWT_SECRET_ARN",
    "JWT_SECRET_KEY",
    "JWT_SECRET_KEY_PREVIOUS",
    "LOG_FORMAT",
    "METRICS_FILE",
    "MONGODB_DATABASE",
    "MONGODB_SECRET_ARN",
    "MONGODB_URI",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "PROMETHEUS_MULTIPROC_DIR",
    "RATE_LIMIT_ADDRESS",
    "RATE_LIMIT_SIGN_IN",
    "RATE_LIMIT_STORAGE_URI",
    "RATE_LIMIT_USER",
    "TODO_ENVIRONMENT",
    "TRUSTED_PROXIES",
    "WEB_CONCURRENCY",
}
OPTIONS: Mapping[str, Mapping[str, Values]] = {
    **CATALOGUE,
    VARIABLE: dict.fromkeys(API_VARIABLES, ANY),
    SECRET: dict.fromkeys(API_VARIABLES, WHERE_IT_IS),
}
# For options that affect security or availability, the allowed values.
STRONG = {
    ("aws:autoscaling:launchconfiguration", "DisableDefaultEC2SecurityGroup"): {"true"},
    ("aws:autoscaling:launchconfiguration", "DisableIMDSv1"): {"true"},
    ("aws:autoscaling:launchconfiguration", "RootVolumeType"): {"gp3"},
    ("aws:ec2:vpc", "AssociatePublicIpAddress"): {"false"},
    ("aws:elasticbeanstalk:cloudwatch:logs", "StreamLogs"): {"true"},
    ("aws:elasticbeanstalk:command", "DeploymentPolicy"): {"Immutable", "RollingWithAdditionalBatch"},
    ("aws:elasticbeanstalk:command", "IgnoreHealthCheck"): {"false"},
    ("aws:elasticbeanstalk:environment", "EnvironmentType"): {"LoadBalanced"},
    ("aws:elasticbeanstalk:environment", "LoadBalancerType"): {"application"},
    ("aws:elasticbeanstalk:healthreporting:system", "SystemType"): {"enhanced"},
    ("aws:elasticbeanstalk:managedactions", "ManagedActionsEnabled"): {"true"},
    ("aws:elbv2:listener:443", "Protocol"): {"HTTPS"},
    ("aws:elbv2:loadbalancer", "AccessLogsS3Enabled"): {"true"},
}


def options(template: Json) -> Iterator[tuple[str, str, Any]]:
    """Yield namespace, name and value of each option, including conditional options."""
    for environment in of_type(template, "AWS::ElasticBeanstalk::Environment").values():
        for option in environment["OptionSettings"]:
            chosen = option["Fn::If"][1] if "Fn::If" in option else option
            yield chosen.get("Namespace", ""), chosen.get("OptionName", ""), chosen.get("Value")


def unknown_options(template: Json) -> list[str]:
    """List options that Beanstalk does not have, and values that it does not accept."""
    return [
        f"{namespace} {name}={value}"
        for namespace, name, value in options(template)
        if not is_known(namespace, name, value)
    ]


def is_known(namespace: str, name: str, value: Any) -> bool:
    """Return whether the catalogue contains the option and, if the value is a literal, allows the value."""
    known = OPTIONS.get(namespace, {}).get(name)
    given = value["Fn::If"][1:] if isinstance(value, dict) and "Fn::If" in value else [value]
    return known is not None and all(_fits(each, known) for each in given)


def _fits(value: Any, values: Values) -> bool:
    if isinstance(value, dict):
        # CloudFormation computes the value during the deployment.
        return True
    if not isinstance(value, str):
        return False
    if isinstance(values, range):
        return value.isdecimal() and int(value) in values
    return re.fullmatch(values, value, re.DOTALL) is not None


def wrong_required_options(template: Json) -> list[str]:
    """List options in STRONG that are missing, given twice, or have a value that STRONG does not allow."""
    if not of_type(template, "AWS::ElasticBeanstalk::Environment"):
        return []
    given: dict[tuple[str, str], list[Any]] = {}
    for namespace, name, value in options(template):
        given.setdefault((namespace, name), []).append(value)
    weak = [key for key, strong in STRONG.items() if not set(map(str, given.get(key, [""]))) <= strong]
    twice = [key for key, values in given.items() if len(values) > 1]
    return [" ".join(key) for key in {*weak, *twice}]


def unpublished_metrics(template: Json) -> list[str]:
    """List metrics in the health document (ConfigDocument) that enhanced health never publishes."""
    return [
        metric
        for _, name, value in options(template)
        if name == "ConfigDocument"
        for metric in json.loads(value)["CloudWatchMetrics"]["Environment"]
        if metric not in ENVIRONMENT_METRICS
    ]


def secrets_in_environment(template: Json) -> list[str]:
    """List secrets in plain environment variables, which everybody with access to the console can read."""
    return [
        name
        for namespace, name, value in options(template)
        if namespace == VARIABLE
        and (name in ("JWT_SECRET_KEY", "JWT_SECRET_KEY_PREVIOUS") or "@" in json.dumps(value))
    ]


def fixed_platforms(template: Json) -> list[str]:
    """List environments with a fixed platform, and application versions that are deleted when replaced."""
    environments = of_type(template, "AWS::ElasticBeanstalk::Environment")
    found = [name for name, each in environments.items() if each.get("PlatformArn") != {"Ref": "PlatformArn"}]
    return found + [
        name
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::ElasticBeanstalk::ApplicationVersion"
        and resource.get("UpdateReplacePolicy") != "Retain"
    ]


def wrong_architectures(template: Json) -> list[str]:
    """List instance types whose architecture differs from the architecture of the platform.

    The names of Graviton types end in g.
    """
    given = {name: value for namespace, name, value in options(template) if namespace == "aws:ec2:instances"}
    arm = given.get("SupportedArchitectures") == "arm64"
    types = str(given.get("InstanceTypes", "")).split(",") if given else []
    return [each for each in types if (re.match(r"[a-z]+\d+g", each) is not None) != arm]


def wrong_idle_timeouts(template: Json) -> list[str]:
    """List idle timeouts of the load balancer outside of 35 to 60 s.

    nginx waits 35 s for a response, and keeps idle connections open for 60 s.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html
    """
    if not of_type(template, "AWS::ElasticBeanstalk::Environment"):
        return []
    idle = [value for _, name, value in options(template) if name == "IdleTimeout"]
    return [] if len(idle) == 1 and 35 < int(idle[0]) < 60 else [f"IdleTimeout={idle}"]


def unlimited_versions(template: Json) -> list[str]:
    """List applications that may keep more than 1,000 versions, the quota of a region.

    https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/applications-lifecycle.html
    """
    findings = []
    for name, application in of_type(template, "AWS::ElasticBeanstalk::Application").items():
        lifecycle = application.get("ResourceLifecycleConfig", {})
        rule = lifecycle.get("VersionLifecycleConfig", {}).get("MaxCountRule", {})
        limited = rule.get("Enabled") is True and 1 < rule.get("MaxCount", 1000) < 1000
        # An old version whose bundle is deleted from S3 could not be deployed again.
        if not limited or "ServiceRole" not in lifecycle or rule.get("DeleteSourceFromS3"):
            findings.append(name)
    return findings


RULES: list[Rule] = [
    unlimited_versions,
    unknown_options,
    wrong_required_options,
    unpublished_metrics,
    secrets_in_environment,
    fixed_platforms,
    wrong_architectures,
    wrong_idle_timeouts,
]
