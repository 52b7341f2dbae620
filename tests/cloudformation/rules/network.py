"""Rules for networks: open ports, and a route to the internet for every subnet."""

import json
from collections.abc import Iterator

from tests.cloudformation.rules.core import Json, Rule, of_type

CLIENT_PORT = {"Fn::If": ["Encrypted", 443, 80]}
ANYWHERE = ("0.0.0.0/0", "::/0")


def _ingress(template: Json) -> Iterator[tuple[str, Json]]:
    for name, group in of_type(template, "AWS::EC2::SecurityGroup").items():
        for rule in group.get("SecurityGroupIngress", []):
            yield name, rule
    yield from of_type(template, "AWS::EC2::SecurityGroupIngress").items()


def open_ports(template: Json) -> list[str]:
    """List rules that accept connections from IP addresses; clients of the load balancer are excepted."""
    findings = []
    for name, rule in _ingress(template):
        addresses = rule.get("CidrIp") or rule.get("CidrIpv6")
        clients = name == "Clients" and rule.get("FromPort") == rule.get("ToPort") == CLIENT_PORT
        if addresses and not (clients and addresses in ANYWHERE):
            findings.append(f"{name} lets {addresses} in")
    return findings


def subnets_without_default_route(template: Json) -> list[str]:
    """List subnets without a default route.

    The route of a public subnet must lead to the internet gateway, and the route of any other subnet to a NAT
    gateway.
    """
    ways = {}
    for route in of_type(template, "AWS::EC2::Route").values():
        if route["DestinationCidrBlock"] == "0.0.0.0/0":
            ways[json.dumps(route["RouteTableId"])] = "GatewayId" if "GatewayId" in route else "NatGatewayId"
    associations = of_type(template, "AWS::EC2::SubnetRouteTableAssociation").values()
    tables = {each["SubnetId"]["Ref"]: json.dumps(each["RouteTableId"]) for each in associations}
    return [
        name
        for name in of_type(template, "AWS::EC2::Subnet")
        if ways.get(tables.get(name, "")) != ("GatewayId" if name.startswith("Public") else "NatGatewayId")
    ]


def shared_zones(template: Json) -> list[str]:
    """List pairs of subnets of the same kind in one availability zone, whose failure would affect both."""
    seen: dict[tuple[str, str], str] = {}
    findings = []
    for name, subnet in of_type(template, "AWS::EC2::Subnet").items():
        place = (name.rstrip("0123456789"), json.dumps(subnet["AvailabilityZone"]))
        if place in seen:
            findings.append(f"{seen[place]} and {name}")
        seen[place] = name
    return findings


def public_addresses(template: Json) -> list[str]:
    """List subnets that give every instance a public IP address."""
    subnets = of_type(template, "AWS::EC2::Subnet")
    return [name for name, subnet in subnets.items() if subnet.get("MapPublicIpOnLaunch") is not False]


def nat_in_private_subnets(template: Json) -> list[str]:
    """List NAT gateways outside of public subnets, where they have no route to the internet."""
    gateways = of_type(template, "AWS::EC2::NatGateway")
    return [
        name
        for name, gateway in gateways.items()
        if not gateway["SubnetId"]["Ref"].startswith("PublicSubnet")
    ]


def unresolvable_names(template: Json) -> list[str]:
    """List VPCs that do not resolve DNS names, such as the host name of the database.

    https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html
    """
    return [
        name
        for name, vpc in of_type(template, "AWS::EC2::VPC").items()
        if not vpc.get("EnableDnsSupport") or not vpc.get("EnableDnsHostnames")
    ]


RULES: list[Rule] = [
    unresolvable_names,
    open_ports,
    subnets_without_default_route,
    shared_zones,
    public_addresses,
    nat_in_private_subnets,
]
