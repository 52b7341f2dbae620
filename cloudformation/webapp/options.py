"""The option settings of the Beanstalk environment, by namespace.

https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/command-options-general.html

Options that are the same in every environment are in .ebextensions, which is part of the application bundle.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from troposphere import GetAtt, If, Join, NoValue, Ref, elasticbeanstalk, iam

from cloudformation.components.database import connection_uri
from cloudformation.settings import LOAD_BALANCER_LOG_PREFIX, Settings

# The name of the condition that is true if the parameter CertificateArn has a value.
HAS_CERTIFICATE = "Encrypted"
# The metrics that Beanstalk's enhanced health reporting publishes to CloudWatch; AWS charges for each metric.
HEALTH_METRICS = (
    "ApplicationRequests2xx",
    "ApplicationRequests4xx",
    "ApplicationRequests5xx",
    "ApplicationRequestsTotal",
    "EnvironmentHealth",
    "InstancesSevere",
)
HEALTH_PERIOD_SECONDS = 60
# The CA certificates of DocumentDB, in the folder where Beanstalk unpacks the bundle.
CA_FILE = "/var/app/current/certificates/global-bundle.pem"

Options = Mapping[str, Mapping[str, Any]]


def option_settings(
    settings: Settings,
    profile: iam.InstanceProfile,
    service_role: iam.Role,
    secrets: Mapping[str, Ref],
) -> list[Any]:
    """Return all option settings; `secrets` maps environment variables to the ARNs of their secrets."""
    options = (
        _network()
        | _instances(settings, profile)
        | _deployments(settings, service_role)
        | _health_and_logs(settings)
        | {
            "aws:elasticbeanstalk:application:environment": {
                "JWT_SECRET_ARN": Ref("JwtSecretArn"),
                "MONGODB_DATABASE": settings.database_name,
                "MONGODB_SECRET_ARN": Ref("ApiDatabaseSecretArn"),
                "MONGODB_URI": connection_uri(settings, "${DatabaseHost}", CA_FILE),
                "TODO_ENVIRONMENT": settings.environment,
            },
            "aws:elasticbeanstalk:application:environmentsecrets": secrets,
        }
    )
    unconditional = [*_to_settings(options), _http_listener()]
    return unconditional + [
        If(HAS_CERTIFICATE, option, NoValue) for option in _to_settings(_https_listener())
    ]


def _to_settings(options: Options) -> Iterator[elasticbeanstalk.OptionSetting]:
    for namespace, values in options.items():
        for name, value in values.items():
            yield elasticbeanstalk.OptionSetting(Namespace=namespace, OptionName=name, Value=value)


def _network() -> dict[str, Mapping[str, Any]]:
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
            "AccessLogsS3Prefix": LOAD_BALANCER_LOG_PREFIX,
            # The idle timeout in seconds is longer than the time for which nginx waits for a response (35),
            # so nginx responds first. It is shorter than the time for which nginx keeps an idle connection
            # open (60), so the load balancer never reuses a connection that nginx closes.
            "IdleTimeout": "50",
        },
    }


def _instances(settings: Settings, profile: iam.InstanceProfile) -> dict[str, Mapping[str, Any]]:
    smallest, largest = settings.web_instances
    return {
        "aws:autoscaling:asg": {"MinSize": str(smallest), "MaxSize": str(largest)},
        "aws:autoscaling:launchconfiguration": {
            "IamInstanceProfile": Ref(profile),
            "SecurityGroups": Ref("WebSecurityGroupId"),
            # Beanstalk's default security group is disabled, because it allows all outbound traffic.
            "DisableDefaultEC2SecurityGroup": "true",
            # Only IMDSv2 is allowed, so that server-side request forgery cannot read the instance's
            # credentials.
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


def _deployments(settings: Settings, service_role: iam.Role) -> dict[str, Mapping[str, Any]]:
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


def _health_and_logs(settings: Settings) -> dict[str, Mapping[str, Any]]:
    metrics = {"Environment": dict.fromkeys(HEALTH_METRICS, HEALTH_PERIOD_SECONDS), "Instance": {}}
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
            # In prod, the logs are kept, because operators need the logs after a failed environment is
            # terminated.
            "DeleteOnTerminate": "false" if settings.final_snapshot else "true",
        },
    }


def _http_listener() -> elasticbeanstalk.OptionSetting:
    return elasticbeanstalk.OptionSetting(
        Namespace="aws:elbv2:listener:default",
        OptionName="ListenerEnabled",
        Value=If(HAS_CERTIFICATE, "false", "true"),
    )


def _https_listener() -> Options:
    return {
        "aws:elbv2:listener:443": {
            "ListenerEnabled": "true",
            "Protocol": "HTTPS",
            "SSLCertificateArns": Ref("CertificateArn"),
            "SSLPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
        }
    }
