"""The network stack from its first resource to its outputs."""

from troposphere import Ref, Template

from cloudformation.network import flow_log, routes, security, subnets
from cloudformation.parts.wiring import need, offer, start_template
from cloudformation.retention import keep_state
from cloudformation.settings import Settings
from cloudformation.tags import tag_everything


def build(settings: Settings) -> Template:
    """Return the template of the network of one environment."""
    template = start_template(settings, "the network")
    key_arn = need(template, "SignalKeyArn", "Key of log groups")
    need(template, "Zones", "Names of the zones of the subnets, by commas")

    vpc = subnets.add_vpc(template, settings)
    public = subnets.add_public_subnets(template, settings, vpc)
    private = subnets.add_private_subnets(template, settings, vpc)

    attachment = routes.add_internet_gateway(template, vpc)
    routes.add_public_routes(template, vpc, attachment, public)
    gateways = routes.add_nat_gateways(template, settings, attachment, public)
    tables = routes.add_private_routes(template, vpc, gateways, private)
    routes.add_s3_endpoint(template, vpc, tables)

    groups = security.add_groups(template, vpc)
    flow_log.add_flow_log(template, settings, vpc, key_arn)

    tag_everything(template, settings)
    keep_state(template, settings)

    offer(template, "VpcId", Ref(vpc), "The VPC")
    for subnet in (*public, *private):
        offer(template, f"{subnet.title}Id", Ref(subnet), f"{subnet.title}, in a zone of its own")
    for group in (groups.load_balancer, groups.web, groups.airflow, groups.database):
        offer(template, f"{group.title}Id", Ref(group), f"Security group: {group.GroupDescription}")
    return template
