"""Rules for the paths in a network: security group rules, subnets, gateways and routes."""

import re
from ipaddress import ip_network
from itertools import combinations
from typing import Any

from tests.cloudformation.rules.core import Json, Rule, of_type
from tests.cloudformation.rules.wiring import environment_of
from tests.cloudformation.rules.writing import written

INGRESS, EGRESS = "AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"
# The allowed connections as source, target and port. Both security groups of a connection must have a rule
# for it.
CONNECTIONS = {
    ("LoadBalancerSecurityGroup", "WebSecurityGroup", 80),
    ("WebSecurityGroup", "DatabaseSecurityGroup", 27017),
    ("AirflowSecurityGroup", "DatabaseSecurityGroup", 27017),
    ("RotationSecurityGroup", "DatabaseSecurityGroup", 27017),
    ("AirflowSecurityGroup", "AirflowSecurityGroup", 443),
    ("AirflowSecurityGroup", "AirflowSecurityGroup", 5432),
}
_TO_AWS = "CidrIp: 0.0.0.0/0, Description: TEXT, FromPort: 443, IpProtocol: tcp, ToPort: 443"
# The allowed egress rules in the groups themselves: HTTPS to AWS and to package indexes. The database opens
# no connections. AWS treats an empty list as "allow all", so the database has a rule that allows only its own
# loopback address.
ALLOWED_EGRESS = {
    "WebSecurityGroup": _TO_AWS,
    "AirflowSecurityGroup": _TO_AWS,
    "RotationSecurityGroup": _TO_AWS,
    "DatabaseSecurityGroup": "CidrIp: 127.0.0.1/32, Description: TEXT, IpProtocol: -1",
    "LoadBalancerSecurityGroup": "Description: TEXT, DestinationSecurityGroupId: @WebSecurityGroup,"
    " FromPort: 80, IpProtocol: tcp, ToPort: 80",
}
# The number of subnets and gateways by environment. The prod environment must survive the failure of one
# zone.
ZONES = {"dev": {"PrivateSubnet": 2, "NatGateway": 1}, "prod": {"PrivateSubnet": 3, "NatGateway": 2}}


def wrong_connections(template: Json) -> list[str]:
    """List connections that are not in CONNECTIONS, and connections without a rule in one of their groups."""
    if not of_type(template, "AWS::EC2::SecurityGroup"):
        return []
    opened = _connections(template, INGRESS, "SourceSecurityGroupId", "GroupId")
    sent = _connections(template, EGRESS, "GroupId", "DestinationSecurityGroupId")
    wanted = {(f"@{source}", f"@{target}", port, port) for source, target, port in CONNECTIONS}
    # These connections need no resource of type EGRESS, because the security groups contain their rules
    # (ALLOWED_EGRESS): the rule of the load balancer, and the rule for port 443 to any address.
    elsewhere = {each for each in wanted if each[0] == "@LoadBalancerSecurityGroup" or each[2] == 443}
    return [str(each) for each in (opened ^ wanted) | (sent ^ (wanted - elsewhere))]


def _connections(template: Json, kind: str, source: str, target: str) -> set[tuple[str, str, Any, Any]]:
    return {
        (written(rule.get(source)), written(rule.get(target)), rule.get("FromPort"), rule.get("ToPort"))
        for rule in of_type(template, kind).values()
    }


def misnamed_connections(template: Json) -> list[str]:
    """List rules whose logical name does not describe the allowed connection."""
    findings = []
    sides = ((INGRESS, "From", "SourceSecurityGroupId"), (EGRESS, "To", "DestinationSecurityGroupId"))
    for kind, joint, other in sides:
        for name, rule in of_type(template, kind).items():
            connection = (
                f"{written(rule.get('GroupId'))}{joint}{written(rule.get(other))}{rule.get('FromPort')}"
            )
            if name != "Clients" and connection.replace("@", "") != name:
                findings.append(f"{name} allows {connection}")
    return findings


def wrong_group_rules(template: Json) -> list[str]:
    """List security groups whose egress rules differ from ALLOWED_EGRESS, or that contain ingress rules."""
    findings = []
    for name, group in of_type(template, "AWS::EC2::SecurityGroup").items():
        sends = re.sub(r"(?<=Description: )[^,}]+", "TEXT", written(group.get("SecurityGroupEgress")))
        if sends != f"[{{{ALLOWED_EGRESS.get(name)}}}]":
            findings.append(f"{name} has the egress rules {sends}")
        if "SecurityGroupIngress" in group:
            findings.append(f"{name} has ingress rules in the group itself")
    return findings


def invalid_subnets(template: Json) -> list[str]:
    """List overlapping subnets, subnets outside of the VPC, and wrong numbers of subnets or gateways."""
    subnets = of_type(template, "AWS::EC2::Subnet")
    if not subnets:
        return []
    (vpc,) = [ip_network(each["CidrBlock"]) for each in of_type(template, "AWS::EC2::VPC").values()]
    blocks = {name: ip_network(each["CidrBlock"]) for name, each in subnets.items()}
    findings = [name for name, block in blocks.items() if not block.subnet_of(vpc)]  # type: ignore[arg-type]  # all are IPv4
    findings += [f"{a} and {b} overlap" for a, b in combinations(blocks, 2) if blocks[a].overlaps(blocks[b])]
    for kind, count in {"PublicSubnet": 2, **ZONES.get(environment_of(template), {})}.items():
        names = [name for name in template["Resources"] if re.fullmatch(rf"{kind}\d", name)]
        if len(names) != count:
            findings.append(f"{len(names)} instead of {count} {kind}")
    return findings


def mixed_zones(template: Json) -> list[str]:
    """List resources with a number in the name that do not belong to the availability zone of this number.

    The rule checks subnets, associations of route tables, routes and NAT gateways.
    """
    findings = []
    for name, resource in template["Resources"].items():
        number = re.search(r"\d", name)
        if number is None or not resource["Type"].startswith("AWS::EC2::"):
            continue
        wanted = _fitting(resource["Type"], name, int(number[0]))
        given = {key: written(resource["Properties"].get(key)) for key in wanted}
        findings += [f"{name} {key}: {given[key]}" for key in wanted if given[key] != wanted[key]]
    return findings


def _fitting(kind: str, name: str, number: int) -> dict[str, str]:
    subnet = name.removesuffix("Association").removesuffix("Route")
    own = f"@{subnet}RouteTable" if name.startswith("Private") else "@PublicRouteTable"
    return {
        "AWS::EC2::Subnet": {"AvailabilityZone": f"number {number - 1} of the parts of @Zones at ,"},
        "AWS::EC2::SubnetRouteTableAssociation": {"SubnetId": f"@{subnet}", "RouteTableId": own},
        "AWS::EC2::Route": {"RouteTableId": own},
        "AWS::EC2::NatGateway": {
            "AllocationId": f"@NatAddress{number}.AllocationId",
            "SubnetId": f"@PublicSubnet{number}",
        },
    }.get(kind, {})


def gateways_in_other_zones(template: Json) -> list[str]:
    """List private routes to a NAT gateway in another zone, although their own zone has a gateway."""
    gateways = of_type(template, "AWS::EC2::NatGateway")
    return [
        name
        for name, route in of_type(template, "AWS::EC2::Route").items()
        for number in re.findall(r"\d", name)
        if f"NatGateway{number}" in gateways and route.get("NatGatewayId") != {"Ref": f"NatGateway{number}"}
    ]


def incomplete_endpoints(template: Json) -> list[str]:
    """List gateway endpoints that are not in exactly the route tables of the private subnets.

    Without the endpoint, traffic from a private subnet goes through a NAT gateway, for which AWS charges.
    """
    tables = {
        written(each["RouteTableId"])
        for name, each in of_type(template, "AWS::EC2::SubnetRouteTableAssociation").items()
        if name.startswith("Private")
    }
    return [
        name
        for name, endpoint in of_type(template, "AWS::EC2::VPCEndpoint").items()
        if endpoint.get("VpcEndpointType", "Gateway") == "Gateway"
        and {written(each) for each in endpoint.get("RouteTableIds", [])} != tables
    ]


RULES: list[Rule] = [
    wrong_connections,
    misnamed_connections,
    wrong_group_rules,
    invalid_subnets,
    mixed_zones,
    gateways_in_other_zones,
    incomplete_endpoints,
]
