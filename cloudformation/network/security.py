"""Security groups, one for each kind of machine; their rules refer to other groups instead of addresses.

Every group has an egress rule, because AWS allows all outbound traffic of a group without an egress rule.
"""

from dataclasses import dataclass

from troposphere import Ref, Template, ec2

from cloudformation.network.routes import ALL_ADDRESSES

HTTP, HTTPS, POSTGRES, MONGODB = 80, 443, 5432, 27017

HTTPS_EGRESS = ec2.SecurityGroupRule(
    Description="AWS and packages", IpProtocol="tcp", FromPort=HTTPS, ToPort=HTTPS, CidrIp=ALL_ADDRESSES
)
# The egress rule of a group that opens no connections: a rule for the loopback address allows no traffic.
# CloudFormation treats an empty list of rules as "allow all".
NO_EGRESS = ec2.SecurityGroupRule(Description="No outbound traffic", IpProtocol="-1", CidrIp="127.0.0.1/32")


@dataclass(frozen=True)
class SecurityGroups:
    """The security groups of the load balancer, the API, Airflow, the password rotation and the database."""

    load_balancer: ec2.SecurityGroup
    web: ec2.SecurityGroup
    airflow: ec2.SecurityGroup
    rotation: ec2.SecurityGroup
    database: ec2.SecurityGroup


def add_security_groups(template: Template, vpc: ec2.VPC) -> SecurityGroups:
    """Add the security groups and the rules between them.

    The load balancer may connect to the API. The API, Airflow and the function that rotates passwords may
    connect to the database.
    """
    web = _add_group(template, vpc, "WebSecurityGroup", "The API", HTTPS_EGRESS)
    groups = SecurityGroups(
        load_balancer=_add_load_balancer_group(template, vpc, web),
        web=web,
        airflow=_add_airflow_group(template, vpc),
        rotation=_add_group(template, vpc, "RotationSecurityGroup", "Password rotation", HTTPS_EGRESS),
        # The database opens no connections itself, so its group allows no egress.
        database=_add_group(template, vpc, "DatabaseSecurityGroup", "DocumentDB", NO_EGRESS),
    )
    _allow_ingress(template, groups.web, groups.load_balancer, HTTP, "Load balancer to nginx")
    for client in (groups.web, groups.airflow, groups.rotation):
        _allow_ingress(template, groups.database, client, MONGODB, "To the database")
        _allow_egress(template, client, groups.database, MONGODB, "To the database")
    return groups


def _add_load_balancer_group(template: Template, vpc: ec2.VPC, web: ec2.SecurityGroup) -> ec2.SecurityGroup:
    """Add the security group of the load balancer; it may connect only to the API.

    https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/environments-cfg-alb.html

    The stack `webapp` adds the ingress rule for clients, because the port depends on the certificate of the
    API.
    """
    return template.add_resource(
        ec2.SecurityGroup(
            "LoadBalancerSecurityGroup",
            VpcId=Ref(vpc),
            GroupDescription="The load balancer",
            SecurityGroupEgress=[
                ec2.SecurityGroupRule(
                    Description="To nginx",
                    IpProtocol="tcp",
                    FromPort=HTTP,
                    ToPort=HTTP,
                    DestinationSecurityGroupId=Ref(web),
                )
            ],
        )
    )


def _add_airflow_group(template: Template, vpc: ec2.VPC) -> ec2.SecurityGroup:
    """Add the security group of MWAA.

    https://docs.aws.amazon.com/mwaa/latest/userguide/vpc-security.html

    The components of MWAA are in this group. They connect to Airflow's web server (443) and to Airflow's
    database (5432).
    """
    group = _add_group(template, vpc, "AirflowSecurityGroup", "Airflow", HTTPS_EGRESS)
    for port in (HTTPS, POSTGRES):
        _allow_ingress(template, group, group, port, "Components of Airflow")
    _allow_egress(template, group, group, POSTGRES, "Components of Airflow")
    return group


def _add_group(
    template: Template, vpc: ec2.VPC, title: str, description: str, egress: ec2.SecurityGroupRule
) -> ec2.SecurityGroup:
    """Add a security group with one egress rule.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html
    """
    return template.add_resource(
        ec2.SecurityGroup(title, VpcId=Ref(vpc), GroupDescription=description, SecurityGroupEgress=[egress])
    )


def _allow_ingress(
    template: Template, group: ec2.SecurityGroup, source: ec2.SecurityGroup, port: int, description: str
) -> None:
    template.add_resource(
        ec2.SecurityGroupIngress(
            f"{group.title}From{source.title}{port}",
            GroupId=Ref(group),
            SourceSecurityGroupId=Ref(source),
            Description=description,
            IpProtocol="tcp",
            FromPort=port,
            ToPort=port,
        )
    )


def _allow_egress(
    template: Template, group: ec2.SecurityGroup, target: ec2.SecurityGroup, port: int, description: str
) -> None:
    template.add_resource(
        ec2.SecurityGroupEgress(
            f"{group.title}To{target.title}{port}",
            GroupId=Ref(group),
            DestinationSecurityGroupId=Ref(target),
            Description=description,
            IpProtocol="tcp",
            FromPort=port,
            ToPort=port,
        )
    )
