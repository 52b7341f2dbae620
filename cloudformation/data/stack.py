"""The data stack: its parameters, resources and outputs."""

from troposphere import GetAtt, Ref, Sub, Template

from cloudformation.components.logs import add_log_group
from cloudformation.components.template import add_output, add_parameter, finish_template, start_template
from cloudformation.data import cluster
from cloudformation.settings import Settings


def build(settings: Settings) -> Template:
    """Return the template of the database for one environment."""
    template = start_template(settings, "the database")
    store_key = add_parameter(template, "StoreKeyArn", "Key of the database")
    logs_key = add_parameter(template, "SignalKeyArn", "Key of log groups")
    secret = add_parameter(template, "DatabaseSecretArn", "User and password")
    security_group = add_parameter(template, "DatabaseSecurityGroupId", "Security group of the database")
    subnets = [
        add_parameter(template, f"PrivateSubnet{number}Id", "A private subnet")
        for number in range(1, settings.private_subnets + 1)
    ]

    groups = [
        add_log_group(
            template,
            settings,
            f"{log.title()}LogGroup",
            logs_key,
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

    finish_template(template, settings)

    add_output(template, "DatabaseClusterId", Ref(database), "Name of the cluster")
    add_output(template, "DatabaseHost", GetAtt(database, "Endpoint"), "Host name of the primary instance")
    return template
