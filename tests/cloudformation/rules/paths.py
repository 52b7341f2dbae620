"""Rules for the paths of a network: ways that open what their name says, subnets and ways out that fit."""

import re
from ipaddress import ip_network
from itertools import combinations
from typing import Any

from tests.cloudformation.rules.core import Json, Rule, of_type
from tests.cloudformation.rules.wiring import environment_of
from tests.cloudformation.rules.writing import strays, written

INGRESS, EGRESS = "AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"
# Who talks to whom, from the internet to the database: each way is opened on both sides.
TALKS = {
    ("LoadBalancerSecurityGroup", "WebSecurityGroup", 80),
    ("WebSecurityGroup", "DatabaseSecurityGroup", 27017),
    ("AirflowSecurityGroup", "DatabaseSecurityGroup", 27017),
    ("AirflowSecurityGroup", "AirflowSecurityGroup", 443),
    ("AirflowSecurityGroup", "AirflowSecurityGroup", 5432),
}
_TO_AWS = "CidrIp: 0.0.0.0/0, Description: TEXT, FromPort: 443, IpProtocol: tcp, ToPort: 443"
# To AWS and packages, over TLS alone; a database begins no conversation, for which there is no empty list.
SENDS = {
    "WebSecurityGroup": _TO_AWS,
    "AirflowSecurityGroup": _TO_AWS,
    "DatabaseSecurityGroup": "CidrIp: 127.0.0.1/32, Description: TEXT, IpProtocol: -1",
    "LoadBalancerSecurityGroup": "Description: TEXT, DestinationSecurityGroupId: @WebSecurityGroup,"
    " FromPort: 80, IpProtocol: tcp, ToPort: 80",
}
# How many of each, by environment: prod survives the loss of a zone.
ZONES = {"dev": {"PrivateSubnet": 2, "NatGateway": 1}, "prod": {"PrivateSubnet": 3, "NatGateway": 2}}


def other_ways(template: Json) -> list[str]:
    """Name ways between groups that nobody has designed, or that are not opened on both sides."""
    if not of_type(template, "AWS::EC2::SecurityGroup"):
        return []
    opened = _ways(template, INGRESS, "SourceSecurityGroupId", "GroupId")
    sent = _ways(template, EGRESS, "GroupId", "DestinationSecurityGroupId")
    wanted = {(f"@{source}", f"@{target}", port, port) for source, target, port in TALKS}
    # The balancer says itself what it sends, and to 443 the groups may send anyway.
    elsewhere = {way for way in wanted if way[0] == "@LoadBalancerSecurityGroup" or way[2] == 443}
    return [str(way) for way in (opened ^ wanted) | (sent ^ (wanted - elsewhere))]


def _ways(template: Json, kind: str, source: str, target: str) -> set[tuple[str, str, Any, Any]]:
    return {
        (written(rule.get(source)), written(rule.get(target)), rule.get("FromPort"), rule.get("ToPort"))
        for rule in of_type(template, kind).values()
    }


def misnamed_ways(template: Json) -> list[str]:
    """Name rules that open something else than their logical name says."""
    findings = []
    sides = ((INGRESS, "From", "SourceSecurityGroupId"), (EGRESS, "To", "DestinationSecurityGroupId"))
    for kind, joint, other in sides:
        for name, rule in of_type(template, kind).items():
            said = f"{written(rule.get('GroupId'))}{joint}{written(rule.get(other))}{rule.get('FromPort')}"
            if name != "Clients" and said.replace("@", "") != name:
                findings.append(f"{name} is {said}")
    return findings


def loose_groups(template: Json) -> list[str]:
    """Name groups that send elsewhere than they need to, or let somebody in of their own accord."""
    findings = []
    for name, group in of_type(template, "AWS::EC2::SecurityGroup").items():
        sends = re.sub(r"(?<=Description: )[^,}]+", "TEXT", written(group.get("SecurityGroupEgress")))
        if sends != f"[{{{SENDS.get(name)}}}]":
            findings.append(f"{name} sends {sends}")
        if "SecurityGroupIngress" in group:
            findings.append(f"{name} lets somebody in beside its rules")
    return findings


def unfit_subnets(template: Json) -> list[str]:
    """Name subnets that overlap, lie outside the VPC, or are fewer than the environment needs."""
    subnets = of_type(template, "AWS::EC2::Subnet")
    if not subnets:
        return []
    (vpc,) = [ip_network(each["CidrBlock"]) for each in of_type(template, "AWS::EC2::VPC").values()]
    blocks = {name: ip_network(each["CidrBlock"]) for name, each in subnets.items()}
    findings = [name for name, block in blocks.items() if not block.subnet_of(vpc)]  # type: ignore[arg-type]  # one family
    findings += [f"{a} and {b}" for a, b in combinations(blocks, 2) if blocks[a].overlaps(blocks[b])]
    for kind, count in {"PublicSubnet": 2, **ZONES.get(environment_of(template), {})}.items():
        names = [name for name in template["Resources"] if re.fullmatch(rf"{kind}\d", name)]
        if len(names) != count:
            findings.append(f"{len(names)} of {kind}")
    return findings


def crossed_zones(template: Json) -> list[str]:
    """Name what is numbered like a zone and lies in another: subnets, their tables, gateways, addresses."""
    findings = []
    for name, resource in template["Resources"].items():
        number = re.search(r"\d", name)
        if number is None or not resource["Type"].startswith("AWS::EC2::"):
            continue
        wanted = _fitting(resource["Type"], name, int(number[0]))
        exact = {key: re.escape(value) for key, value in wanted.items()}
        findings += strays(name, resource["Properties"], exact)
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


def far_gateways(template: Json) -> list[str]:
    """Name private routes that leave through another zone, though their own has a gateway."""
    gateways = of_type(template, "AWS::EC2::NatGateway")
    return [
        name
        for name, route in of_type(template, "AWS::EC2::Route").items()
        for number in re.findall(r"\d", name)
        if f"NatGateway{number}" in gateways and route.get("NatGatewayId") != {"Ref": f"NatGateway{number}"}
    ]


def partial_endpoints(template: Json) -> list[str]:
    """Name gateway endpoints that leave out a private subnet, whose traffic would pay for NAT."""
    tables = {
        written(each["RouteTableId"])
        for name, each in of_type(template, "AWS::EC2::SubnetRouteTableAssociation").items()
        if name.startswith("Private")
    }
    return [
        name
        for name, endpoint in of_type(template, "AWS::EC2::VPCEndpoint").items()
        if endpoint.get("VpcEndpointType") == "Gateway"
        and {written(each) for each in endpoint.get("RouteTableIds", [])} != tables
    ]


RULES: list[Rule] = [
    other_ways,
    misnamed_ways,
    loose_groups,
    unfit_subnets,
    crossed_zones,
    far_gateways,
    partial_endpoints,
]
