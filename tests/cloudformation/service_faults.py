"""Faults in what runs on the lake and the database: Beanstalk and MWAA."""

from typing import Any

from tests.cloudformation import airflow_faults, beanstalk_rules, rules
from tests.cloudformation.faults import Damage, drop, faults, forget, put
from tests.cloudformation.rules import Json


def option(namespace: str, name: str, **changes: Any) -> Damage:
    """Change an option of Beanstalk: its OptionName, its Namespace or its Value."""

    def damage(template: Json) -> None:
        for given in template["Resources"]["Environment"]["Properties"]["OptionSettings"]:
            chosen = given["Fn::If"][1] if "Fn::If" in given else given
            if (chosen["Namespace"], chosen["OptionName"]) == (f"aws:{namespace}", name):
                chosen.update(changes)

    return damage


def repeat(number: int) -> Damage:
    """Give an option of Beanstalk a second time."""

    def damage(template: Json) -> None:
        settings = template["Resources"]["Environment"]["Properties"]["OptionSettings"]
        settings.append(settings[number])

    return damage


_WEBAPP = [
    *faults(
        "webapp",
        beanstalk_rules.unknown_options,
        {
            "option misspelt": option("autoscaling:asg", "MinSize", OptionName="MinimumSize"),
            "namespace misspelt": option("elbv2:listener:443", "SSLPolicy", Namespace="aws:elb:listener:443"),
            "scheme misspelt": option("ec2:vpc", "ELBScheme", Value="public-facing"),
            "a number, not its text": option("autoscaling:asg", "MaxSize", Value=2),
            "update type misspelt": option(
                "autoscaling:updatepolicy:rollingupdate", "RollingUpdateType", Value="immutable"
            ),
            "retention that does not exist": option(
                "elasticbeanstalk:cloudwatch:logs", "RetentionInDays", Value="31"
            ),
            "architecture misspelt": option("ec2:instances", "SupportedArchitectures", Value="aarch64"),
            "volume smaller than its image": option(
                "autoscaling:launchconfiguration", "RootVolumeSize", Value="8"
            ),
            "batch of more than everything": option("elasticbeanstalk:command", "BatchSize", Value="150"),
            "hour that no day has": option(
                "elasticbeanstalk:managedactions", "PreferredStartTime", Value="Sun:25:00"
            ),
            "TLS of ten years ago": option(
                "elbv2:listener:443", "SSLPolicy", Value="ELBSecurityPolicy-2016-08"
            ),
            "secret itself for its address": option(
                "elasticbeanstalk:application:environmentsecrets", "JWT_SECRET_KEY", Value="k" * 64
            ),
            "variable that nobody reads": option(
                "elasticbeanstalk:application:environment", "MONGODB_DATABASE", OptionName="MONGO_DATABASE"
            ),
        },
    ),
    *faults(
        "webapp",
        beanstalk_rules.weakened_options,
        {
            "health reporting weakened": option(
                "elasticbeanstalk:healthreporting:system", "SystemType", Value="basic"
            ),
            "all at once": option("elasticbeanstalk:command", "DeploymentPolicy", Value="AllAtOnce"),
            "IMDSv1 let in": option("autoscaling:launchconfiguration", "DisableIMDSv1", Value="false"),
            "public instances": option("ec2:vpc", "AssociatePublicIpAddress", Value="true"),
            "classic load balancer": option(
                "elasticbeanstalk:environment", "LoadBalancerType", Value="classic"
            ),
            "Beanstalk's own group let in": option(
                "autoscaling:launchconfiguration", "DisableDefaultEC2SecurityGroup", Value="false"
            ),
            "logs not streamed": option("elasticbeanstalk:cloudwatch:logs", "StreamLogs", Value="false"),
            "no updates": option("elasticbeanstalk:managedactions", "ManagedActionsEnabled", Value="false"),
            "TLS listener without TLS": option("elbv2:listener:443", "Protocol", Value="HTTP"),
            "an option twice": repeat(0),
        },
    ),
    *faults(
        "webapp",
        beanstalk_rules.unpublished_metrics,
        {
            "health metric misspelt": option(
                "elasticbeanstalk:healthreporting:system",
                "ConfigDocument",
                Value='{"CloudWatchMetrics": {"Environment": {"ApplicationLatency99": 60}}, "Version": 1}',
            )
        },
    ),
    *faults(
        "webapp",
        beanstalk_rules.told_secrets,
        {
            "secret as a variable": option(
                "elasticbeanstalk:application:environmentsecrets",
                "JWT_SECRET_KEY",
                Namespace="aws:elasticbeanstalk:application:environment",
            )
        },
    ),
    *faults(
        "webapp",
        beanstalk_rules.fixed_platforms,
        {
            "platform lost": drop("Environment", "PlatformArn"),
            "versions not kept": forget("Version", "UpdateReplacePolicy"),
        },
    ),
    *faults(
        "webapp",
        beanstalk_rules.foreign_instances,
        {
            "instances of another architecture": option(
                "ec2:instances", "InstanceTypes", Value="t3.micro,t3.small"
            ),
            "architecture of other instances": option(
                "ec2:instances", "SupportedArchitectures", Value="x86_64"
            ),
        },
    ),
    *faults(
        "webapp",
        beanstalk_rules.impatient_balancers,
        {
            "idle for longer than nginx": option("elbv2:loadbalancer", "IdleTimeout", Value="60"),
            "idle for less than an answer": option("elbv2:loadbalancer", "IdleTimeout", Value="30"),
        },
    ),
    *faults(
        "webapp",
        rules.unconditional_trust,
        {"role for anybody": drop("ServiceRole", "AssumeRolePolicyDocument", "Statement", 0, "Condition")},
    ),
    *faults(
        "webapp",
        rules.plaintext_secrets,
        {"address with password": put({"Fn::Sub": "mongodb://todo:1234@x/"}, "DatabaseUri", "SecretString")},
    ),
]

FAULTS = [*_WEBAPP, *airflow_faults.FAULTS]
