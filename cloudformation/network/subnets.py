"""The VPC with its public and private subnets, each in one availability zone."""

from troposphere import Ref, Select, Split, Template, ec2

from cloudformation.settings import Settings

PUBLIC_SUBNETS = 2


def add_vpc(template: Template, settings: Settings) -> ec2.VPC:
    """Add the VPC.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-vpc.html
    """
    return template.add_resource(
        ec2.VPC(
            "Vpc",
            CidrBlock=f"{settings.network}.0.0/16",
            EnableDnsHostnames=True,
            EnableDnsSupport=True,
        )
    )


def add_public_subnets(template: Template, settings: Settings, vpc: ec2.VPC) -> list[ec2.Subnet]:
    """Add the two subnets for the load balancer and the NAT gateways."""
    return [
        _add_subnet(template, vpc, f"PublicSubnet{zone}", zone - 1, f"{settings.network}.{zone}.0/24")
        for zone in range(1, PUBLIC_SUBNETS + 1)
    ]


def add_private_subnets(template: Template, settings: Settings, vpc: ec2.VPC) -> list[ec2.Subnet]:
    """Add the private subnets; the API and MWAA use the first two, and the database uses all of them."""
    return [
        _add_subnet(
            template, vpc, f"PrivateSubnet{zone + 1}", zone, f"{settings.network}.{16 * (zone + 1)}.0/20"
        )
        for zone in range(settings.private_subnets)
    ]


def _add_subnet(template: Template, vpc: ec2.VPC, title: str, zone: int, cidr_block: str) -> ec2.Subnet:
    """Add a subnet in the availability zone with this index.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-subnet.html
    """
    return template.add_resource(
        ec2.Subnet(
            title,
            VpcId=Ref(vpc),
            CidrBlock=cidr_block,
            AvailabilityZone=Select(zone, Split(",", Ref("Zones"))),
            MapPublicIpOnLaunch=False,
        )
    )
