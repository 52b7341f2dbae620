"""Rules for the values of Beanstalk's options: each is there, and says what it is meant to.

https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/command-options-general.html
"""

import json
from collections.abc import Mapping

from tests.cloudformation.rules.beanstalk import VARIABLE, options
from tests.cloudformation.rules.core import Json, Rule, of_type
from tests.cloudformation.rules.wiring import environment_of
from tests.cloudformation.rules.writing import Wanted, between, strays, written

SECRETS = "aws:elasticbeanstalk:application:environmentsecrets"
LISTENER = "aws:elbv2:listener:443"
# Options of .ebextensions lose against those of the stack, so what matters stands in the stack.
MEANT: Mapping[str, Mapping[str, Wanted]] = {
    "aws:autoscaling:asg": {"MinSize": between(1, 2), "MaxSize": between(2, 8)},
    "aws:autoscaling:launchconfiguration": {
        "DisableDefaultEC2SecurityGroup": "true",
        "DisableIMDSv1": "true",
        "IamInstanceProfile": "@InstanceProfile",
        "RootVolumeSize": between(10, 64),
        "RootVolumeType": "gp3",
        "SecurityGroups": "@WebSecurityGroupId",
    },
    "aws:autoscaling:trigger": {
        "LowerThreshold": between(10, 40),
        "MeasureName": "CPUUtilization",
        "Statistic": "Average",
        "Unit": "Percent",
        "UpperThreshold": between(50, 80),
    },
    "aws:autoscaling:updatepolicy:rollingupdate": {
        "RollingUpdateEnabled": "true",
        "RollingUpdateType": "Immutable",
    },
    # The platform is made for one architecture, and Graviton is the cheaper one.
    "aws:ec2:instances": {
        "InstanceTypes": r"[tmc]\d+g\.(micro|small|medium|large)(,[tmc]\d+g\.(micro|small|medium|large))*",
        "SupportedArchitectures": "arm64",
    },
    "aws:ec2:vpc": {
        "AssociatePublicIpAddress": "false",
        "ELBScheme": "public",
        "ELBSubnets": "@PublicSubnet1Id,@PublicSubnet2Id",
        "Subnets": "@PrivateSubnet1Id,@PrivateSubnet2Id",
        "VPCId": "@VpcId",
    },
    SECRETS: {"JWT_SECRET_KEY": "@JwtSecretArn", "MONGODB_URI": "@DatabaseUri"},
    VARIABLE: {
        "JWT_SECRET_ARN": "@JwtSecretArn",
        "MONGODB_DATABASE": "todo",
        "TODO_ENVIRONMENT": "dev|prod",
    },
    "aws:elasticbeanstalk:cloudwatch:logs": {
        "DeleteOnTerminate": "true|false",
        "RetentionInDays": "30|60|90|365",
        "StreamLogs": "true",
    },
    "aws:elasticbeanstalk:command": {
        "BatchSize": between(25, 50),
        "BatchSizeType": "Percentage",
        "DeploymentPolicy": "Immutable|RollingWithAdditionalBatch",
        "IgnoreHealthCheck": "false",
        "Timeout": between(600, 3600),
    },
    "aws:elasticbeanstalk:environment": {
        "EnvironmentType": "LoadBalanced",
        "LoadBalancerIsShared": "false",
        "LoadBalancerType": "application",
        "ServiceRole": r"@ServiceRole\.Arn",
    },
    "aws:elasticbeanstalk:healthreporting:system": {
        "EnhancedHealthAuthEnabled": "true",
        "SystemType": "enhanced",
    },
    "aws:elasticbeanstalk:managedactions": {
        "ManagedActionsEnabled": "true",
        "PreferredStartTime": "(Sat|Sun):0[0-9]:[0-5][0-9]",
        "ServiceRoleForManagedUpdates": r"@ServiceRole\.Arn",
    },
    "aws:elasticbeanstalk:managedactions:platformupdate": {"UpdateLevel": "minor"},
    "aws:elbv2:listener:default": {"ListenerEnabled": r"Encrypted\? false : true"},
    "aws:elbv2:loadbalancer": {
        "AccessLogsS3Bucket": "@LogBucketName",
        "AccessLogsS3Enabled": "true",
        "AccessLogsS3Prefix": "load-balancer",
        # Longer than the API takes for an answer, in seconds.
        "IdleTimeout": between(35, 120),
        "ManagedSecurityGroup": "@LoadBalancerSecurityGroupId",
        "SecurityGroups": "@LoadBalancerSecurityGroupId",
    },
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
    LISTENER: {
        "ListenerEnabled": "true",
        "Protocol": "HTTPS",
        "SSLCertificateArns": "@CertificateArn",
        "SSLPolicy": "ELBSecurityPolicy-TLS13-1-[23](-Res)?(-PQ)?-20[0-9]{2}-[0-9]{2}",
    },
}
# What alarms and charts look at; enhanced health publishes nothing that its document does not name.
PUBLISHED = {
    *("ApplicationRequests2xx", "ApplicationRequests4xx", "ApplicationRequests5xx", "ApplicationLatencyP99"),
    *("ApplicationRequestsTotal", "EnvironmentHealth"),
}
ENVIRONMENT = "AWS::ElasticBeanstalk::Environment"


def other_options(template: Json) -> list[str]:
    """Name options that are missing, or that say something else than they are meant to."""
    if not of_type(template, ENVIRONMENT):
        return []
    given: dict[str, dict[str, object]] = {}
    for namespace, name, value in options(template):
        given.setdefault(namespace, {})[name] = value
    return [
        finding
        for namespace, wanted in MEANT.items()
        for finding in strays(namespace, given.get(namespace, {}), wanted)
    ]


def unmeant_options(template: Json) -> list[str]:
    """Name options that are in no table, or that say more than namespace, name and value."""
    findings = [
        f"{namespace} {name}"
        for namespace, name, _ in options(template)
        if name not in MEANT.get(namespace, {}) and name != "ConfigDocument"
    ]
    for environment in of_type(template, ENVIRONMENT).values():
        given = [each["Fn::If"][1] if "Fn::If" in each else each for each in environment["OptionSettings"]]
        findings += [str(each) for each in given if each.keys() != {"Namespace", "OptionName", "Value"}]
    return findings


def unpublished_health(template: Json) -> list[str]:
    """Name metrics that alarms look at, and that enhanced health is not asked to publish every minute."""
    for namespace, name, value in options(template):
        if (namespace, name) == ("aws:elasticbeanstalk:healthreporting:system", "ConfigDocument"):
            try:
                document = json.loads(value)
                published = document["CloudWatchMetrics"]["Environment"]
                valid = document["Version"] == 1 and {*published.values()} == {60}
            except (ValueError, KeyError, TypeError, AttributeError):
                return ["the health document cannot be read"]
            return sorted(PUBLISHED - published.keys()) + (
                [] if valid else ["the health document is no version 1"]
            )
    return sorted(PUBLISHED) if of_type(template, ENVIRONMENT) else []


def unmeant_health(template: Json) -> list[str]:
    """Name what the health document says beside the metrics of the environment: rules that blind it, bills.

    https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/health-enhanced-rules.html
    """
    findings = []
    for _, name, value in options(template):
        if name == "ConfigDocument":
            document = json.loads(value)
            metrics = document.get("CloudWatchMetrics", {})
            findings += sorted(document.keys() - {"CloudWatchMetrics", "Version"})
            findings += sorted(metrics.keys() - {"Environment", "Instance"})
            # Each metric of each instance is paid for, and no alarm looks at one.
            findings += sorted(metrics.get("Instance", {}))
    return findings


def loose_listeners(template: Json) -> list[str]:
    """Name options of the encrypted listener that do not depend on a certificate, and others that do."""
    findings = []
    for environment in of_type(template, ENVIRONMENT).values():
        for option in environment["OptionSettings"]:
            chosen = option["Fn::If"][1] if "Fn::If" in option else option
            conditional = written(option).startswith("Encrypted? ") and written(option).endswith(
                " : @AWS::NoValue"
            )
            if conditional != (chosen["Namespace"] == LISTENER):
                findings.append(f"{chosen['Namespace']} {chosen['OptionName']}")
    return findings


def other_environments(template: Json) -> list[str]:
    """Name options that make an environment another one, or that let prod stand on one leg."""
    environment = environment_of(template)
    given = {(namespace, name): written(value) for namespace, name, value in options(template)}
    if not given:
        return []
    wanted = {
        (VARIABLE, "TODO_ENVIRONMENT"): environment,
        ("aws:autoscaling:asg", "MinSize"): {"dev": "1", "prod": "2"}.get(environment),
        # In prod the log of an environment that failed is read after it is gone.
        ("aws:elasticbeanstalk:cloudwatch:logs", "DeleteOnTerminate"): {"dev": "true", "prod": "false"}.get(
            environment
        ),
    }
    return [name for (namespace, name), value in wanted.items() if given.get((namespace, name)) != value]


RULES: list[Rule] = [
    other_options,
    unmeant_options,
    unpublished_health,
    unmeant_health,
    loose_listeners,
    other_environments,
]
