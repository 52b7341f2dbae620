"""The options of Elastic Beanstalk that our templates use or may use, with the documented values.

The allowed values are a regular expression or a range of numbers. The source is
https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/command-options-general.html
"""

from collections.abc import Mapping

BOOLEAN, ANY = "true|false", ".+"
INSTANCE_TYPE = r"[a-z0-9-]+\.[a-z0-9]+"
Values = str | range

_LISTENER: Mapping[str, Values] = {
    "DefaultProcess": ANY,
    "ListenerEnabled": BOOLEAN,
    "Protocol": "HTTP|HTTPS",
    "Rules": ANY,
    "SSLCertificateArns": ANY,
    # The policies that require TLS 1.2 or 1.3, because our listener must not accept older versions.
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
    "SSLPolicy": r"ELBSecurityPolicy-TLS13-1-[23](-Res)?(-FIPS)?(-PQ)?-20\d\d-\d\d",
}
CATALOGUE: Mapping[str, Mapping[str, Values]] = {
    "aws:autoscaling:asg": {
        "Cooldown": range(10001),
        "MaxSize": range(1, 10001),
        "MinSize": range(1, 10001),
    },
    "aws:autoscaling:launchconfiguration": {
        "DisableDefaultEC2SecurityGroup": BOOLEAN,
        "DisableIMDSv1": BOOLEAN,
        "IamInstanceProfile": ANY,
        "LaunchTemplateTagPropagationEnabled": BOOLEAN,
        "MonitoringInterval": "1 minute|5 minute",
        "RootVolumeIOPS": range(3000, 16001),
        "RootVolumeSize": range(10, 16385),
        "RootVolumeThroughput": range(125, 1001),
        "RootVolumeType": "standard|gp2|gp3|io1",
        "SecurityGroups": ANY,
    },
    "aws:autoscaling:trigger": {
        "BreachDuration": range(1, 601),
        "EvaluationPeriods": range(1, 601),
        "LowerBreachScaleIncrement": "-[1-9][0-9]*",
        "LowerThreshold": range(20_000_001),
        "MeasureName": "CPUUtilization|Network(In|Out)|Disk(Read|Write)(Ops|Bytes)|Latency|RequestCount"
        "|HealthyHostCount|UnhealthyHostCount|TargetResponseTime",
        "Period": range(1, 601),
        "Statistic": "Minimum|Maximum|Sum|Average",
        "Unit": "Seconds|Percent|None|(Bytes|Bits|Count)(/Second)?",
        "UpperBreachScaleIncrement": "[1-9][0-9]*",
        "UpperThreshold": range(20_000_001),
    },
    "aws:autoscaling:updatepolicy:rollingupdate": {
        "MaxBatchSize": range(1, 10001),
        "MinInstancesInService": range(10000),
        "PauseTime": r"PT(\d+H)?(\d+M)?(\d+S)?",
        "RollingUpdateEnabled": BOOLEAN,
        "RollingUpdateType": "Time|Health|Immutable",
        "Timeout": r"PT(\d+H)?(\d+M)?(\d+S)?",
    },
    "aws:ec2:instances": {
        "EnableSpot": BOOLEAN,
        "InstanceTypes": f"{INSTANCE_TYPE}(,{INSTANCE_TYPE})*",
        "SupportedArchitectures": "arm64|x86_64",
    },
    "aws:ec2:vpc": {
        "AssociatePublicIpAddress": BOOLEAN,
        "ELBScheme": "public|internal",
        "ELBSubnets": ANY,
        "Subnets": ANY,
        "VPCId": ANY,
    },
    "aws:elasticbeanstalk:cloudwatch:logs": {
        "DeleteOnTerminate": BOOLEAN,
        "RetentionInDays": "1|3|5|7|14|30|60|90|120|150|180|365|400|545|731|1827|3653",
        "StreamLogs": BOOLEAN,
    },
    "aws:elasticbeanstalk:command": {
        "BatchSize": range(1, 101),
        "BatchSizeType": "Percentage|Fixed",
        "DeploymentPolicy": "AllAtOnce|Rolling|RollingWithAdditionalBatch|Immutable|TrafficSplitting",
        "IgnoreHealthCheck": BOOLEAN,
        "Timeout": range(1, 3601),
    },
    "aws:elasticbeanstalk:environment": {
        "EnvironmentType": "SingleInstance|LoadBalanced",
        "LoadBalancerIsShared": BOOLEAN,
        "LoadBalancerType": "classic|application|network",
        "ServiceRole": ANY,
    },
    "aws:elasticbeanstalk:environment:process:default": {
        "DeregistrationDelay": range(3601),
        "HealthCheckInterval": range(5, 301),
        "HealthCheckPath": "/.*",
        "HealthCheckTimeout": range(1, 61),
        "HealthyThresholdCount": range(2, 11),
        "MatcherHTTPCode": range(200, 500),
        "Port": range(1, 65536),
        "Protocol": "HTTP|HTTPS",
        "StickinessEnabled": BOOLEAN,
        "StickinessLBCookieDuration": range(1, 604801),
        "StickinessType": "lb_cookie",
        "UnhealthyThresholdCount": range(2, 11),
    },
    "aws:elasticbeanstalk:healthreporting:system": {
        "ConfigDocument": r"\{.*\}",
        "EnhancedHealthAuthEnabled": BOOLEAN,
        "HealthCheckSuccessThreshold": "Ok|Warning|Degraded|Severe",
        "SystemType": "basic|enhanced",
    },
    "aws:elasticbeanstalk:managedactions": {
        "ManagedActionsEnabled": BOOLEAN,
        "PreferredStartTime": "(Mon|Tue|Wed|Thu|Fri|Sat|Sun):([01][0-9]|2[0-3]):[0-5][0-9]",
        "ServiceRoleForManagedUpdates": ANY,
    },
    "aws:elasticbeanstalk:managedactions:platformupdate": {
        "InstanceRefreshEnabled": BOOLEAN,
        "UpdateLevel": "patch|minor",
    },
    "aws:elbv2:listener:443": _LISTENER,
    "aws:elbv2:listener:default": _LISTENER,
    "aws:elbv2:loadbalancer": {
        "AccessLogsS3Bucket": ANY,
        "AccessLogsS3Enabled": BOOLEAN,
        "AccessLogsS3Prefix": ANY,
        "IdleTimeout": range(1, 3601),
        "IpAddressType": "ipv4|dualstack",
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
