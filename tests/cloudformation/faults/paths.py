"""Faults in the network paths, and in the values of Beanstalk's options."""

from tests.cloudformation.faults.seeding import Fault, drop, put, remove
from tests.cloudformation.faults.services import option
from tests.cloudformation.rules import options as option_rules
from tests.cloudformation.rules import paths as path_rules

_HEALTH = "elasticbeanstalk:healthreporting:system"


_PATHS = [
    Fault(
        "network", path_rules.wrong_connections, remove("DatabaseSecurityGroupFromAirflowSecurityGroup27017")
    ),
    Fault(
        "network",
        path_rules.misnamed_connections,
        put(
            {"Ref": "LoadBalancerSecurityGroup"},
            *("DatabaseSecurityGroupFromWebSecurityGroup27017", "SourceSecurityGroupId"),
        ),
    ),
    Fault(
        "network",
        path_rules.wrong_group_rules,
        put("-1", "WebSecurityGroup", "SecurityGroupEgress", 0, "IpProtocol"),
    ),
    Fault("network", path_rules.wrong_group_rules, drop("DatabaseSecurityGroup", "SecurityGroupEgress")),
    Fault("network", path_rules.invalid_subnets, put("10.20.1.0/24", "PublicSubnet2", "CidrBlock")),
    Fault(
        "network",
        path_rules.mixed_zones,
        put({"Fn::Select": [0, {"Fn::GetAZs": ""}]}, "PublicSubnet1", "AvailabilityZone"),
    ),
    Fault(
        "network",
        path_rules.gateways_in_other_zones,
        put({"Ref": "NatGateway2"}, "PrivateSubnet1Route", "NatGatewayId"),
    ),
    Fault("network", path_rules.incomplete_endpoints, drop("S3Endpoint", "RouteTableIds", 0)),
]

_OPTIONS = [
    Fault(
        "webapp",
        option_rules.unpublished_health,
        option(_HEALTH, "ConfigDocument", Value='{"CloudWatchMetrics": {'),
    ),
    Fault(
        "webapp",
        option_rules.unneeded_health_metrics,
        option(_HEALTH, "ConfigDocument", Value='{"Rules": {"Environment": {}}, "Version": 1}'),
    ),
    Fault(
        "webapp",
        option_rules.wrong_listener_conditions,
        option("ec2:vpc", "ELBScheme", Namespace="aws:elbv2:listener:443"),
    ),
]

FAULTS = [*_PATHS, *_OPTIONS]
