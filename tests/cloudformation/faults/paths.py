"""Faults in the network paths, and in the values of Beanstalk's options."""

from tests.cloudformation.faults.seeding import drop, faults, put, remove
from tests.cloudformation.faults.services import option
from tests.cloudformation.rules import options as option_rules
from tests.cloudformation.rules import paths as path_rules

_HEALTH = "elasticbeanstalk:healthreporting:system"


_PATHS = [
    *faults(
        "network",
        path_rules.wrong_connections,
        {
            "missing rule for the database": remove("DatabaseSecurityGroupFromAirflowSecurityGroup27017"),
        },
    ),
    *faults(
        "network",
        path_rules.misnamed_connections,
        {
            "database open to the load balancer": put(
                {"Ref": "LoadBalancerSecurityGroup"},
                *("DatabaseSecurityGroupFromWebSecurityGroup27017", "SourceSecurityGroupId"),
            )
        },
    ),
    *faults(
        "network",
        path_rules.wrong_group_rules,
        {
            "unlimited egress": put("-1", "WebSecurityGroup", "SecurityGroupEgress", 0, "IpProtocol"),
            "missing egress rules": drop("DatabaseSecurityGroup", "SecurityGroupEgress"),
        },
    ),
    *faults(
        "network",
        path_rules.unfit_subnets,
        {
            "overlapping subnets": put("10.20.1.0/24", "PublicSubnet2", "CidrBlock"),
        },
    ),
    *faults(
        "network",
        path_rules.mixed_zones,
        {
            "availability zones not chosen": put(
                {"Fn::Select": [0, {"Fn::GetAZs": ""}]}, "PublicSubnet1", "AvailabilityZone"
            ),
        },
    ),
    *faults(
        "network",
        path_rules.gateways_in_other_zones,
        {"gateway in another zone": put({"Ref": "NatGateway2"}, "PrivateSubnet1Route", "NatGatewayId")},
    ),
    *faults(
        "network",
        path_rules.incomplete_endpoints,
        {"endpoint without a subnet": drop("S3Endpoint", "RouteTableIds", 0)},
    ),
]

_OPTIONS = [
    *faults(
        "webapp",
        option_rules.unpublished_health,
        {
            "truncated health document": option(_HEALTH, "ConfigDocument", Value='{"CloudWatchMetrics": {'),
        },
    ),
    *faults(
        "webapp",
        option_rules.unneeded_health_metrics,
        {
            "unexpected health rules": option(
                _HEALTH, "ConfigDocument", Value='{"Rules": {"Environment": {}}, "Version": 1}'
            ),
        },
    ),
    *faults(
        "webapp",
        option_rules.wrong_listener_conditions,
        {"TLS without a certificate": option("ec2:vpc", "ELBScheme", Namespace="aws:elbv2:listener:443")},
    ),
]

FAULTS = [*_PATHS, *_OPTIONS]
