"""Faults in the paths of the network, and in the values of Beanstalk's options."""

from tests.cloudformation.faults.seeding import Damage, drop, faults, put, remove
from tests.cloudformation.faults.services import option
from tests.cloudformation.rules import options as option_rules
from tests.cloudformation.rules import paths as path_rules
from tests.cloudformation.rules.core import Json

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
        },
    ),
    *faults(
        "network",
        path_rules.unfit_subnets,
        {
            "subnets overlap": put("10.20.1.0/24", "PublicSubnet2", "CidrBlock"),
        },
    ),
    *faults(
        "network",
        path_rules.crossed_zones,
        {
            "zones left to CloudFormation": put(
                {"Fn::Select": [0, {"Fn::GetAZs": ""}]}, "PublicSubnet1", "AvailabilityZone"
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
        },
    ),
    *faults(
        "webapp",
        option_rules.unmeant_options,
        {
            "spot instances": add_option("aws:ec2:instances", "EnableSpot", "true"),
        },
    ),
    *faults(
        "webapp",
        option_rules.unpublished_health,
        {
            "health document cut off": option(_HEALTH, "ConfigDocument", Value='{"CloudWatchMetrics": {'),
        },
    ),
    *faults(
        "webapp",
        option_rules.unmeant_health,
        {
            "errors that do not count": option(
                _HEALTH, "ConfigDocument", Value='{"Rules": {"Environment": {}}, "Version": 1}'
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
        },
    ),
]

FAULTS = [*_PATHS, *_OPTIONS]
