"""The monitoring stack: its parameters, resources and outputs."""

from troposphere import GetAtt, Join, Ref, Template

from cloudformation.components.template import (
    add_optional_parameter,
    add_output,
    add_parameter,
    finish_template,
    start_template,
)
from cloudformation.monitoring import api, budget, dashboard, database, pipeline
from cloudformation.monitoring.alarm import REPOSITORY, add_alarm, add_composite_alarm
from cloudformation.settings import Settings

PARAMETERS = {
    "AirflowName": "Name of the MWAA environment",
    "AlertTopicArn": "Topic of alerts",
    "ApiEnvironmentName": "Name of the Beanstalk environment",
    "DatabaseClusterId": "Name of the cluster",
    "RotationFunctionName": "Function that rotates passwords",
    "WorkgroupName": "Athena workgroup",
}
# The composite alarms: the title, the description and the rule of each alarm.
COMPOSITE_ALARMS = {
    "ServiceDown": (
        "The API does not serve users.",
        'ALARM("${ApiHealth}") OR (ALARM("${ApiErrors}") AND ALARM("${DatabaseErrors}"))',
    ),
    "DataLate": (
        "Insights are late.",
        'ALARM("${InsightsAge}") OR ALARM("${HoursFailed}")',
    ),
}
# The alarms that make CloudFormation roll back an update. CloudFormation accepts at most five alarms.
ROLLBACK_ALARMS = ("ApiErrors", "ApiLatency", "ApiHealth")


def build(settings: Settings) -> Template:
    """Return the template of the monitoring of one environment."""
    template = start_template(settings, "alarms, dashboard and budget")
    for name, description in PARAMETERS.items():
        add_parameter(template, name, description)
    add_optional_parameter(
        template,
        REPOSITORY,
        "Start of the links to runbooks; empty: alarms name files",
        r"https://\S+/",
        "must be an https URL that ends with /, such as https://github.com/OWNER/REPOSITORY/blob/main/",
    )
    topic = Ref("AlertTopicArn")

    alarms = [*api.alarms(settings), *database.alarms(settings), *pipeline.alarms(settings)]
    for alarm in alarms:
        add_alarm(template, alarm, topic)
    for title, (description, rule) in COMPOSITE_ALARMS.items():
        add_composite_alarm(template, title, description, rule, topic)
    titles = [*COMPOSITE_ALARMS, *(alarm.title for alarm in alarms)]
    board = dashboard.add_dashboard(template, settings, titles)
    budget.add_budget(template, settings, topic)

    finish_template(template, settings)

    add_output(template, "DashboardName", Ref(board), "Dashboard of CloudWatch")
    arns = Join(",", [GetAtt(title, "Arn") for title in ROLLBACK_ALARMS])
    add_output(template, "RollbackAlarmArns", arns, "Alarms on which CloudFormation rolls back an update")
    return template
