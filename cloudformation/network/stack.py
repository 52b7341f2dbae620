"""The network stack: its parameters, resources and outputs."""

from troposphere import Ref, Template

from cloudformation.components.template import add_output, add_parameter, finish_template, start_template
from cloudformation.network import flow_log, routes, security, subnets
from cloudformation.settings import Settings


def build(settings: Settings) -> Template:
    """Return the template of the network for one environment."""
    template = start_template(settings, "the network")
    key_arn = add_parameter(template, "SignalKeyArn", "Key of log groups")
    add_parameter(template, "Zones", "Availability zones of the subnets, separated by commas")

    vpc = subnets.add_vpc(template, settings)
    public = subnets.add_public_subnets(template, settings, vpc)
    private = subnets.add_private_subnets(template, settings, vpc)

    attachment = routes.add_internet_gateway(template, vpc)
    routes.add_public_routes(template, vpc, attachment, public)
    gateways = routes.add_nat_gateways(template, settings, attachment, public)
    tables = routes.add_private_routes(template, vpc, gateways, private)
    routes.add_s3_endpoint(template, vpc, tables)

    groups = security.add_security_groups(template, vpc)
    flow_log.add_flow_log(template, settings, vpc, key_arn)

    finish_template(template, settings)

    add_output(template, "VpcId", Ref(vpc), "The VPC")
    for subnet in (*public, *private):
        add_output(
            template, f"{subnet.title}Id", Ref(subnet), f"{subnet.title}, in its own availability zone"
        )
    for group in (groups.load_balancer, groups.web, groups.airflow, groups.rotation, groups.database):
        add_output(template, f"{group.title}Id", Ref(group), f"Security group: {group.GroupDescription}")
    return template
