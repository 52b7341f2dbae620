"""IP addresses, NAT gateways, and the connections that security groups allow."""

from ipaddress import ip_network

from cloudformation.settings import ENVIRONMENTS
from tests.cloudformation.rules.core import Json, of_type


def test_subnets_fit_and_do_not_overlap(template: Json) -> None:
    vpc = ip_network(of_type(template, "AWS::EC2::VPC")["Vpc"]["CidrBlock"])
    subnets = [ip_network(subnet["CidrBlock"]) for subnet in of_type(template, "AWS::EC2::Subnet").values()]

    assert all(vpc.supernet_of(subnet) for subnet in subnets)  # type: ignore[arg-type]  # all are IPv4
    assert not [(a, b) for a in subnets for b in subnets if a is not b and a.overlaps(b)]


def test_environments_could_be_joined() -> None:
    assert len({settings.network for settings in ENVIRONMENTS.values()}) == len(ENVIRONMENTS)


def _zone_of_gateway(template: Json, subnet: str) -> Json:
    """Return the availability zone of the NAT gateway to which this private subnet routes."""
    gateway = of_type(template, "AWS::EC2::Route")[f"{subnet}Route"]["NatGatewayId"]["Ref"]
    public = of_type(template, "AWS::EC2::NatGateway")[gateway]["SubnetId"]["Ref"]
    zone: Json = of_type(template, "AWS::EC2::Subnet")[public]["AvailabilityZone"]
    return zone


def test_each_used_zone_of_prod_has_a_nat_gateway(
    environment: str, template: Json, templates: dict[str, Json]
) -> None:
    """Only the API and Airflow send to the internet; in dev, they share a gateway to save its price."""
    subnets = {
        name.removesuffix("Id")
        for stack in ("webapp", "airflow")
        for name in templates[stack]["Parameters"]
        if name.startswith("PrivateSubnet")
    }
    zones = {name: of_type(template, "AWS::EC2::Subnet")[name]["AvailabilityZone"] for name in subnets}
    local = [name for name in subnets if _zone_of_gateway(template, name) == zones[name]]

    assert len(subnets) == 2
    assert len(local) == len(of_type(template, "AWS::EC2::NatGateway")) == (2 if environment == "prod" else 1)


def test_s3_is_reached_from_every_private_subnet(template: Json) -> None:
    endpoint = of_type(template, "AWS::EC2::VPCEndpoint")["S3Endpoint"]
    private = {
        association["RouteTableId"]["Ref"]
        for name, association in of_type(template, "AWS::EC2::SubnetRouteTableAssociation").items()
        if name.startswith("Private")
    }

    assert {table["Ref"] for table in endpoint["RouteTableIds"]} == private


def _talks(template: Json) -> set[tuple[str, str, int]]:
    rules = of_type(template, "AWS::EC2::SecurityGroupIngress").values()
    return {
        (rule["SourceSecurityGroupId"]["Ref"], rule["GroupId"]["Ref"], port)
        for rule in rules
        for port in range(rule["FromPort"], rule["ToPort"] + 1)
    }


def test_groups_talk_as_designed(template: Json) -> None:
    assert _talks(template) == {
        ("LoadBalancerSecurityGroup", "WebSecurityGroup", 80),
        ("WebSecurityGroup", "DatabaseSecurityGroup", 27017),
        ("AirflowSecurityGroup", "DatabaseSecurityGroup", 27017),
        ("RotationSecurityGroup", "DatabaseSecurityGroup", 27017),
        ("AirflowSecurityGroup", "AirflowSecurityGroup", 443),
        ("AirflowSecurityGroup", "AirflowSecurityGroup", 5432),
    }


def test_ingress_rule_has_an_egress_rule(template: Json) -> None:
    """A connection needs a rule in both groups, except to port 443, to which all groups may send."""
    sent = {
        (rule["GroupId"]["Ref"], rule["DestinationSecurityGroupId"]["Ref"], rule["FromPort"])
        for rule in of_type(template, "AWS::EC2::SecurityGroupEgress").values()
    }
    sent |= {
        (name, rule["DestinationSecurityGroupId"]["Ref"], rule["FromPort"])
        for name, group in of_type(template, "AWS::EC2::SecurityGroup").items()
        for rule in group["SecurityGroupEgress"]
        if "DestinationSecurityGroupId" in rule
    }

    assert {way for way in _talks(template) if way[2] != 443} == sent


def test_certificate_changes_nothing_of_the_network(template: Json) -> None:
    """One stack sets certificate, port and listener together, so the port in use is open at any time."""
    group = of_type(template, "AWS::EC2::SecurityGroup")["LoadBalancerSecurityGroup"]

    assert "CertificateArn" not in template["Parameters"]
    assert "SecurityGroupIngress" not in group
