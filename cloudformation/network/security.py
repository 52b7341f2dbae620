"""Who may talk to whom: one security group per kind of machine, each rule with a group as its other side.

Each group says what it sends, since one that says nothing may send anything.
"""

from dataclasses import dataclass

from troposphere import Ref, Template, ec2

HTTP, HTTPS, POSTGRES, MONGODB = 80, 443, 5432, 27017
ANYWHERE = "0.0.0.0/0"

TO_AWS = ec2.SecurityGroupRule(
    Description="AWS and packages", IpProtocol="tcp", FromPort=HTTPS, ToPort=HTTPS, CidrIp=ANYWHERE
)
# CloudFormation knows no empty list here; nothing ever leaves for a machine's own address.
TO_NOBODY = ec2.SecurityGroupRule(Description="Nobody", IpProtocol="-1", CidrIp="127.0.0.1/32")


@dataclass(frozen=True)
class Groups:
    """The four groups, from the internet to the database."""

    load_balancer: ec2.SecurityGroup
    web: ec2.SecurityGroup
    airflow: ec2.SecurityGroup
    database: ec2.SecurityGroup


def add_groups(template: Template, vpc: ec2.VPC) -> Groups:
    """Add the groups and their rules: internet to load balancer, that to the API, that to the database."""
    web = _add_group(template, vpc, "WebSecurityGroup", "The API", TO_AWS)
    groups = Groups(
        load_balancer=_add_load_balancer_group(template, vpc, web),
        web=web,
        airflow=_add_airflow_group(template, vpc),
        # A database begins no conversation.
        database=_add_group(template, vpc, "DatabaseSecurityGroup", "DocumentDB", TO_NOBODY),
    )
    _let_in(template, groups.web, groups.load_balancer, HTTP, "Load balancer to nginx")
    for client in (groups.web, groups.airflow):
        _let_in(template, groups.database, client, MONGODB, "To the database")
        _let_out(template, client, groups.database, MONGODB, "To the database")
    return groups


def _add_load_balancer_group(template: Template, vpc: ec2.VPC, web: ec2.SecurityGroup) -> ec2.SecurityGroup:
    """https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/environments-cfg-alb.html

    Clients are let in by the stack of the API, which knows whether there is a certificate.
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
    """https://docs.aws.amazon.com/mwaa/latest/userguide/vpc-security.html

    MWAA's own parts meet in this group: its web server on 443, its database on 5432.
    """
    group = _add_group(template, vpc, "AirflowSecurityGroup", "Airflow", TO_AWS)
    for port in (HTTPS, POSTGRES):
        _let_in(template, group, group, port, "Airflow's own parts")
    _let_out(template, group, group, POSTGRES, "Airflow's own parts")
    return group


def _add_group(
    template: Template, vpc: ec2.VPC, title: str, description: str, egress: ec2.SecurityGroupRule
) -> ec2.SecurityGroup:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html"""
    return template.add_resource(
        ec2.SecurityGroup(title, VpcId=Ref(vpc), GroupDescription=description, SecurityGroupEgress=[egress])
    )


def _let_in(
    template: Template, group: ec2.SecurityGroup, source: ec2.SecurityGroup, port: int, why: str
) -> None:
    template.add_resource(
        ec2.SecurityGroupIngress(
            f"{group.title}From{source.title}{port}",
            GroupId=Ref(group),
            SourceSecurityGroupId=Ref(source),
            Description=why,
            IpProtocol="tcp",
            FromPort=port,
            ToPort=port,
        )
    )


def _let_out(
    template: Template, group: ec2.SecurityGroup, target: ec2.SecurityGroup, port: int, why: str
) -> None:
    template.add_resource(
        ec2.SecurityGroupEgress(
            f"{group.title}To{target.title}{port}",
            GroupId=Ref(group),
            DestinationSecurityGroupId=Ref(target),
            Description=why,
            IpProtocol="tcp",
            FromPort=port,
            ToPort=port,
        )
    )
