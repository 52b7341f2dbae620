"""Faults that CloudFormation would carry out without a word."""

from tests.cloudformation import shape_rules
from tests.cloudformation.faults import drop, faults, put

FAULTS = [
    *faults(
        "data",
        shape_rules.lost_properties,
        {
            "cluster in the default network": drop("Cluster", "DBSubnetGroupName"),
            "cluster in the default group": drop("Cluster", "VpcSecurityGroupIds"),
            "certificate left to AWS": drop("Instance1", "CACertificateIdentifier"),
        },
    ),
    *faults(
        "network",
        shape_rules.lost_properties,
        {
            "ingress to nowhere": drop("WebSecurityGroupFromLoadBalancerSecurityGroup80", "GroupId"),
            "all ports to the database": drop("DatabaseSecurityGroupFromWebSecurityGroup27017", "FromPort"),
            "route to nowhere": drop("PrivateSubnet1Route", "NatGatewayId"),
            "endpoint for nobody": drop("S3Endpoint", "RouteTableIds"),
            "role that may nothing": drop("FlowLogRole", "Policies"),
        },
    ),
    *faults(
        "network",
        shape_rules.wrong_values,
        {"no names in the VPC": put(False, "Vpc", "EnableDnsHostnames")},
    ),
    *faults(
        "foundation",
        shape_rules.lost_properties,
        {
            "secret without a value": drop("JwtSecret", "GenerateSecretString"),
            "key with AWS's policy": drop("StoreKey", "KeyPolicy"),
        },
    ),
    *faults(
        "lake", shape_rules.lost_properties, {"kept for ever": drop("GoldBucket", "LifecycleConfiguration")}
    ),
    *faults("webapp", shape_rules.lost_properties, {"no version": drop("Environment", "VersionLabel")}),
    *faults(
        "airflow",
        shape_rules.wrong_values,
        {"UI out of reach": put("PRIVATE_ONLY", "Environment", "WebserverAccessMode")},
    ),
    *faults(
        "data",
        shape_rules.unprotected_state,
        {"protected without a snapshot": put(True, "Cluster", "DeletionProtection")},
    ),
]
