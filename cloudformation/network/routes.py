"""Routes to an internet gateway for public subnets, to NAT gateways for private subnets, and to S3."""

from troposphere import GetAtt, Ref, Sub, Template, ec2

from cloudformation.settings import Settings

ALL_ADDRESSES = "0.0.0.0/0"


def add_internet_gateway(template: Template, vpc: ec2.VPC) -> ec2.VPCGatewayAttachment:
    """Add an internet gateway and attach it to the VPC.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-internetgateway.html
    """
    gateway = template.add_resource(ec2.InternetGateway("InternetGateway"))
    return template.add_resource(
        ec2.VPCGatewayAttachment("InternetGatewayAttachment", VpcId=Ref(vpc), InternetGatewayId=Ref(gateway))
    )


def add_public_routes(
    template: Template, vpc: ec2.VPC, attachment: ec2.VPCGatewayAttachment, subnets: list[ec2.Subnet]
) -> None:
    """Add a route table for the public subnets, with a route to the internet gateway.

    https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html
    """
    table = template.add_resource(ec2.RouteTable("PublicRouteTable", VpcId=Ref(vpc)))
    template.add_resource(
        ec2.Route(
            "PublicRoute",
            RouteTableId=Ref(table),
            DestinationCidrBlock=ALL_ADDRESSES,
            GatewayId=attachment.InternetGatewayId,
            DependsOn=attachment,
        )
    )
    for subnet in subnets:
        _associate(template, subnet, table)


def add_nat_gateways(
    template: Template,
    settings: Settings,
    attachment: ec2.VPCGatewayAttachment,
    subnets: list[ec2.Subnet],
) -> list[ec2.NatGateway]:
    """Add the NAT gateways, each in one of the public subnets.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-natgateway.html
    """
    return [
        _add_nat_gateway(template, number, attachment, subnet)
        for number, subnet in enumerate(subnets[: settings.nat_gateways], start=1)
    ]


def add_private_routes(
    template: Template, vpc: ec2.VPC, gateways: list[ec2.NatGateway], subnets: list[ec2.Subnet]
) -> list[ec2.RouteTable]:
    """Route each private subnet through a NAT gateway, if possible through the gateway of the same zone."""
    tables = []
    for index, subnet in enumerate(subnets):
        table = template.add_resource(ec2.RouteTable(f"{subnet.title}RouteTable", VpcId=Ref(vpc)))
        template.add_resource(
            ec2.Route(
                f"{subnet.title}Route",
                RouteTableId=Ref(table),
                DestinationCidrBlock=ALL_ADDRESSES,
                NatGatewayId=Ref(gateways[index % len(gateways)]),
            )
        )
        _associate(template, subnet, table)
        tables.append(table)
    return tables


def add_s3_endpoint(template: Template, vpc: ec2.VPC, tables: list[ec2.RouteTable]) -> ec2.VPCEndpoint:
    """Add a gateway endpoint for S3 to the route tables.

    https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html

    With the endpoint, traffic to S3 is free of charge and bypasses the NAT gateway. The endpoint has no
    policy: AWS serves images, packages and agents from buckets whose names may change, so only roles restrict
    access.
    """
    return template.add_resource(
        ec2.VPCEndpoint(
            "S3Endpoint",
            VpcId=Ref(vpc),
            VpcEndpointType="Gateway",
            ServiceName=Sub("com.amazonaws.${AWS::Region}.s3"),
            RouteTableIds=[Ref(table) for table in tables],
        )
    )


def _add_nat_gateway(
    template: Template, number: int, attachment: ec2.VPCGatewayAttachment, subnet: ec2.Subnet
) -> ec2.NatGateway:
    address = template.add_resource(ec2.EIP(f"NatAddress{number}", Domain="vpc", DependsOn=attachment))
    return template.add_resource(
        ec2.NatGateway(
            f"NatGateway{number}", AllocationId=GetAtt(address, "AllocationId"), SubnetId=Ref(subnet)
        )
    )


def _associate(template: Template, subnet: ec2.Subnet, table: ec2.RouteTable) -> None:
    template.add_resource(
        ec2.SubnetRouteTableAssociation(
            f"{subnet.title}Association", SubnetId=Ref(subnet), RouteTableId=Ref(table)
        )
    )
