"""The options of the Beanstalk environment, by namespace.

https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/command-options-general.html

What belongs to the application, whatever the environment, is in .ebextensions and travels with the bundle.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from troposphere import GetAtt, If, Join, NoValue, Ref, elasticbeanstalk, iam

from cloudformation.settings import Settings

ENCRYPTED = "Encrypted"
LOAD_BALANCER_LOGS = "load-balancer"
# What enhanced health reports to CloudWatch, and how often, in seconds; each is a metric that is paid for.
PUBLISHED = (
    "ApplicationLatencyP99",
    "ApplicationRequests2xx",
    "ApplicationRequests4xx",
    "ApplicationRequests5xx",
    "ApplicationRequestsTotal",
    "EnvironmentHealth",
    "InstancesSevere",
)
PUBLISH_SECONDS = 60

Options = Mapping[str, Mapping[str, Any]]


def option_settings(
    settings: Settings,
    profile: iam.InstanceProfile,
    service_role: iam.Role,
    secrets: Mapping[str, Ref],
) -> list[Any]:
    """Return every option; `secrets` maps environment variables to the secrets with their values."""
    plain = (
        _placement()
        | _instances(settings, profile)
        | _rollout(settings, service_role)
        | _signals(settings)
        | {
            "aws:elasticbeanstalk:application:environment": {
                "JWT_SECRET_ARN": Ref("JwtSecretArn"),
                "MONGODB_DATABASE": settings.database_name,
                "TODO_ENVIRONMENT": settings.environment,
            },
            "aws:elasticbeanstalk:application:environmentsecrets": secrets,
        }
    )
    listed = [*_listed(plain), _plain_listener()]
    return listed + [If(ENCRYPTED, option, NoValue) for option in _listed(_encrypted_listener())]


def _listed(options: Options) -> Iterator[elasticbeanstalk.OptionSetting]:
    for namespace, values in options.items():
        for name, value in values.items():
            yield elasticbeanstalk.OptionSetting(Namespace=namespace, OptionName=name, Value=value)


def _placement() -> dict[str, Mapping[str, Any]]:
    group = Ref("LoadBalancerSecurityGroupId")
    return {
        "aws:ec2:vpc": {
            "VPCId": Ref("VpcId"),
            "Subnets": Join(",", [Ref("PrivateSubnet1Id"), Ref("PrivateSubnet2Id")]),
            "ELBSubnets": Join(",", [Ref("PublicSubnet1Id"), Ref("PublicSubnet2Id")]),
            "ELBScheme": "public",
            "AssociatePublicIpAddress": "false",
        },
        "aws:elbv2:loadbalancer": {
            "SecurityGroups": group,
            "ManagedSecurityGroup": group,
            "AccessLogsS3Enabled": "true",
            "AccessLogsS3Bucket": Ref("LogBucketName"),
            "AccessLogsS3Prefix": LOAD_BALANCER_LOGS,
            # Longer than nginx waits for an answer, and shorter than the 60 s after which it closes a
            # connection: one that both sides think open must not be closed under a request.
            "IdleTimeout": "50",
        },
    }


def _instances(settings: Settings, profile: iam.InstanceProfile) -> dict[str, Mapping[str, Any]]:
    fewest, most = settings.web_instances
    return {
        "aws:autoscaling:asg": {"MinSize": str(fewest), "MaxSize": str(most)},
        "aws:autoscaling:launchconfiguration": {
            "IamInstanceProfile": Ref(profile),
            "SecurityGroups": Ref("WebSecurityGroupId"),
            # Beanstalk's own group would let instances send anything anywhere.
            "DisableDefaultEC2SecurityGroup": "true",
            # IMDSv2 only: a forged request made by the server cannot read the instance's credentials.
            "DisableIMDSv1": "true",
            "RootVolumeType": "gp3",
            "RootVolumeSize": "16",
        },
        "aws:autoscaling:trigger": {
            "MeasureName": "CPUUtilization",
            "Statistic": "Average",
            "Unit": "Percent",
            "UpperThreshold": "60",
            "LowerThreshold": "20",
        },
        "aws:ec2:instances": {
            "InstanceTypes": ",".join(settings.web_instance_types),
            "SupportedArchitectures": "arm64",
        },
    }


def _rollout(settings: Settings, service_role: iam.Role) -> dict[str, Mapping[str, Any]]:
    return {
        "aws:autoscaling:updatepolicy:rollingupdate": {
            "RollingUpdateEnabled": "true",
            "RollingUpdateType": "Immutable",
        },
        "aws:elasticbeanstalk:command": {
            "DeploymentPolicy": settings.deployment_policy,
            "BatchSizeType": "Percentage",
            "BatchSize": "50",
            "Timeout": "900",
            "IgnoreHealthCheck": "false",
        },
        "aws:elasticbeanstalk:environment": {
            "EnvironmentType": "LoadBalanced",
            "LoadBalancerType": "application",
            "LoadBalancerIsShared": "false",
            "ServiceRole": GetAtt(service_role, "Arn"),
        },
        "aws:elasticbeanstalk:managedactions": {
            "ManagedActionsEnabled": "true",
            "PreferredStartTime": "Sun:06:00",
            "ServiceRoleForManagedUpdates": GetAtt(service_role, "Arn"),
        },
        "aws:elasticbeanstalk:managedactions:platformupdate": {"UpdateLevel": "minor"},
    }


def _signals(settings: Settings) -> dict[str, Mapping[str, Any]]:
    metrics = {"Environment": dict.fromkeys(PUBLISHED, PUBLISH_SECONDS), "Instance": {}}
    document = {"CloudWatchMetrics": metrics, "Version": 1}
    return {
        "aws:elasticbeanstalk:healthreporting:system": {
            "SystemType": "enhanced",
            "EnhancedHealthAuthEnabled": "true",
            "ConfigDocument": json.dumps(document),
        },
        "aws:elasticbeanstalk:cloudwatch:logs": {
            "StreamLogs": "true",
            "RetentionInDays": str(settings.log_days),
            # In prod the log of an environment that failed is read after it is gone.
            "DeleteOnTerminate": "false" if settings.final_snapshot else "true",
        },
    }


def _plain_listener() -> elasticbeanstalk.OptionSetting:
    return elasticbeanstalk.OptionSetting(
        Namespace="aws:elbv2:listener:default",
        OptionName="ListenerEnabled",
        Value=If(ENCRYPTED, "false", "true"),
    )


def _encrypted_listener() -> Options:
    return {
        "aws:elbv2:listener:443": {
            "ListenerEnabled": "true",
            "Protocol": "HTTPS",
            "SSLCertificateArns": Ref("CertificateArn"),
            "SSLPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
        }
    }
