"""Faults in the paths of the network, and in the values of Beanstalk's options."""

from tests.cloudformation import option_rules, path_rules
from tests.cloudformation.faults import Damage, drop, faults, put, remove
from tests.cloudformation.rules import Json
from tests.cloudformation.service_faults import option

_HEALTH = "elasticbeanstalk:healthreporting:system"


def add_option(namespace: str, name: str, value: str) -> Damage:
    """Give an option of Beanstalk that was not given."""

    def damage(template: Json) -> None:
        settings = template["Resources"]["Environment"]["Properties"]["OptionSettings"]
        settings.append({"Namespace": namespace, "OptionName": name, "Value": value})

    return damage


_PATHS = [
    *faults(
        "network",
        path_rules.other_ways,
        {
            "way to the database lost": remove("DatabaseSecurityGroupFromAirflowSecurityGroup27017"),
            "way out lost": remove("WebSecurityGroupToDatabaseSecurityGroup27017"),
            "Airflow without itself": remove("AirflowSecurityGroupFromAirflowSecurityGroup5432"),
        },
    ),
    *faults(
        "network",
        path_rules.misnamed_ways,
        {
            "database for the balancer": put(
                {"Ref": "LoadBalancerSecurityGroup"},
                *("DatabaseSecurityGroupFromWebSecurityGroup27017", "SourceSecurityGroupId"),
            )
        },
    ),
    *faults(
        "network",
        path_rules.loose_groups,
        {
            "sends anything": put("-1", "WebSecurityGroup", "SecurityGroupEgress", 0, "IpProtocol"),
            "database sends": put("0.0.0.0/0", "DatabaseSecurityGroup", "SecurityGroupEgress", 0, "CidrIp"),
            "SSH": put([{"CidrIp": "0.0.0.0/0"}], "WebSecurityGroup", "SecurityGroupIngress"),
        },
    ),
    *faults(
        "network",
        path_rules.unfit_subnets,
        {
            "subnets overlap": put("10.20.1.0/24", "PublicSubnet2", "CidrBlock"),
            "outside the VPC": put("10.99.1.0/24", "PublicSubnet2", "CidrBlock"),
        },
    ),
    *faults(
        "network",
        path_rules.crossed_zones,
        {
            "zones left to CloudFormation": put(
                {"Fn::Select": [0, {"Fn::GetAZs": ""}]}, "PublicSubnet1", "AvailabilityZone"
            ),
            "table of another subnet": put(
                {"Ref": "PrivateSubnet2RouteTable"}, "PrivateSubnet1Association", "RouteTableId"
            ),
        },
    ),
    *faults(
        "network",
        path_rules.far_gateways,
        {"gateway of another zone": put({"Ref": "NatGateway2"}, "PrivateSubnet1Route", "NatGatewayId")},
    ),
    *faults(
        "network",
        path_rules.partial_endpoints,
        {"half an endpoint": drop("S3Endpoint", "RouteTableIds", 0)},
    ),
]

_OPTIONS = [
    *faults(
        "webapp",
        option_rules.other_options,
        {
            "old TLS": option("elbv2:listener:443", "SSLPolicy", Value="ELBSecurityPolicy-2016-08"),
            "one address": option("ec2:vpc", "Subnets", Value={"Ref": "PublicSubnet1Id"}),
            "minutes for seconds": option("elasticbeanstalk:command", "Timeout", Value="15"),
            "scaled too late": option("autoscaling:trigger", "UpperThreshold", Value="100"),
            "one instance at most": option("autoscaling:asg", "MaxSize", Value="1"),
            "logs in another bucket": option(
                "elbv2:loadbalancer", "AccessLogsS3Bucket", Value={"Ref": "ArtefactBucketName"}
            ),
        },
    ),
    *faults(
        "webapp",
        option_rules.unmeant_options,
        {
            "spot instances": add_option("aws:ec2:instances", "EnableSpot", "true"),
            "alive, not ready": add_option(
                "aws:elasticbeanstalk:environment:process:default", "HealthCheckPath", "/health"
            ),
        },
    ),
    *faults(
        "webapp",
        option_rules.unpublished_health,
        {
            "health document cut off": option(_HEALTH, "ConfigDocument", Value='{"CloudWatchMetrics": {'),
            "health not published": option(
                _HEALTH, "ConfigDocument", Value='{"CloudWatchMetrics": {"Environment": {}}, "Version": 1}'
            ),
        },
    ),
    *faults(
        "webapp",
        option_rules.unmeant_health,
        {
            "errors that do not count": option(
                _HEALTH, "ConfigDocument", Value='{"Rules": {"Environment": {}}, "Version": 1}'
            ),
            "metrics of each instance": option(
                _HEALTH, "ConfigDocument", Value='{"CloudWatchMetrics": {"Instance": {"CPUUser": 60}}}'
            ),
        },
    ),
    *faults(
        "webapp",
        option_rules.loose_listeners,
        {"TLS without a certificate": option("ec2:vpc", "ELBScheme", Namespace="aws:elbv2:listener:443")},
    ),
    *faults(
        "webapp",
        option_rules.other_environments,
        {
            "called prod": option(
                "elasticbeanstalk:application:environment", "TODO_ENVIRONMENT", Value="prod"
            ),
            "as large as prod": option("autoscaling:asg", "MinSize", Value="2"),
        },
    ),
]

FAULTS = [*_PATHS, *_OPTIONS]
