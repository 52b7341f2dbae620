"""Faults in Beanstalk and MWAA, which use the lake and the database."""

from typing import Any

from tests.cloudformation.faults import airflow as airflow_faults
from tests.cloudformation.faults.seeding import Damage, Fault, drop
from tests.cloudformation.rules import beanstalk as beanstalk_rules
from tests.cloudformation.rules.core import Json


def option(namespace: str, name: str, **changes: Any) -> Damage:
    """Change an option of Beanstalk: its OptionName, its Namespace or its Value."""

    def damage(template: Json) -> None:
        for given in template["Resources"]["Environment"]["Properties"]["OptionSettings"]:
            chosen = given["Fn::If"][1] if "Fn::If" in given else given
            if (chosen["Namespace"], chosen["OptionName"]) == (f"aws:{namespace}", name):
                chosen.update(changes)

    return damage


def repeat(number: int) -> Damage:
    """Add an option of Beanstalk to the list of options a second time."""

    def damage(template: Json) -> None:
        settings = template["Resources"]["Environment"]["Properties"]["OptionSettings"]
        settings.append(settings[number])

    return damage


_WEBAPP = [
    Fault("webapp", beanstalk_rules.unlimited_versions, drop("Application", "ResourceLifecycleConfig")),
    Fault(
        "webapp",
        beanstalk_rules.unknown_options,
        option("autoscaling:asg", "MinSize", OptionName="MinimumSize"),
    ),
    Fault(
        "webapp",
        beanstalk_rules.wrong_required_options,
        option("elasticbeanstalk:healthreporting:system", "SystemType", Value="basic"),
    ),
    Fault(
        "webapp",
        beanstalk_rules.unpublished_metrics,
        option(
            "elasticbeanstalk:healthreporting:system",
            "ConfigDocument",
            Value='{"CloudWatchMetrics": {"Environment": {"ApplicationLatency99": 60}}, "Version": 1}',
        ),
    ),
    Fault(
        "webapp",
        beanstalk_rules.secrets_in_environment,
        option(
            "elasticbeanstalk:application:environmentsecrets",
            "JWT_SECRET_KEY",
            Namespace="aws:elasticbeanstalk:application:environment",
        ),
    ),
    Fault("webapp", beanstalk_rules.fixed_platforms, drop("Environment", "PlatformArn")),
    Fault(
        "webapp",
        beanstalk_rules.wrong_architectures,
        option("ec2:instances", "InstanceTypes", Value="t3.micro,t3.small"),
    ),
    Fault(
        "webapp", beanstalk_rules.wrong_idle_timeouts, option("elbv2:loadbalancer", "IdleTimeout", Value="60")
    ),
]

FAULTS = [*_WEBAPP, *airflow_faults.FAULTS]
