"""The data stack from its first resource to its outputs."""

from troposphere import GetAtt, Ref, Sub, Template

from cloudformation.data import cluster
from cloudformation.parts.logs import add_log_group
from cloudformation.parts.wiring import need, offer, start_template
from cloudformation.retention import keep_state
from cloudformation.settings import Settings
from cloudformation.tags import tag_everything


def build(settings: Settings) -> Template:
    """Return the template of the database of one environment."""
    template = start_template(settings, "the database")
    store_key = need(template, "StoreKeyArn", "Key of the database")
    signal_key = need(template, "SignalKeyArn", "Key of log groups")
    secret = need(template, "DatabaseSecretArn", "User and password")
    security_group = need(template, "DatabaseSecurityGroupId", "Who reaches the database")
    subnets = [
        need(template, f"PrivateSubnet{number}Id", "A private subnet")
        for number in range(1, settings.private_subnets + 1)
    ]

    groups = [
        add_log_group(
            template,
            settings,
            f"{log.title()}LogGroup",
            signal_key,
            Sub(f"/aws/docdb/${{AWS::StackName}}/{log}"),
        )
        for log in cluster.EXPORTED_LOGS
    ]
    database = cluster.add_cluster(
        template,
        settings,
        cluster.add_subnet_group(template, subnets),
        cluster.add_parameter_group(template, settings),
        security_group,
        store_key,
        groups,
    )
    cluster.add_instances(template, settings, database)
    cluster.attach_secret(template, database, secret)

    tag_everything(template, settings)
    keep_state(template, settings)

    offer(template, "DatabaseClusterId", Ref(database), "Name of the cluster")
    offer(template, "DatabaseHost", GetAtt(database, "Endpoint"), "Where the primary is")
    return template
