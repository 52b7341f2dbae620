"""The monitoring stack from its first resource to its outputs."""

from troposphere import GetAtt, Join, Ref, Template

from cloudformation.monitoring import api, budget, dashboard, database, pipeline
from cloudformation.monitoring.watch import add_alarm, add_composite
from cloudformation.parts.wiring import need, offer, start_template
from cloudformation.retention import keep_state
from cloudformation.settings import Settings
from cloudformation.tags import tag_everything

NEEDED = {
    "AirflowName": "Name of the MWAA environment",
    "AlertTopicArn": "Topic of alerts",
    "ApiEnvironmentName": "Name of the Beanstalk environment",
    "ApiLogGroupName": "Log group of the API's lines",
    "DatabaseClusterId": "Name of the cluster",
    "WorkgroupName": "Athena workgroup",
}
# What several alarms mean together.
COMPOSITES = {
    "ServiceDown": (
        "Users are not served.",
        'ALARM("${ApiHealth}") OR (ALARM("${ApiErrors}") AND ALARM("${DatabaseErrors}"))',
    ),
    "DataLate": (
        "Insights are late.",
        'ALARM("${InsightsAge}") OR ALARM("${HoursFailed}")',
    ),
}
# What undoes a change while CloudFormation still can: five alarms at most.
ROLLBACK = ("ApiErrors", "ApiLatency", "ApiHealth")


def build(settings: Settings) -> Template:
    """Return the template of what is watched in one environment."""
    template = start_template(settings, "alarms, dashboard and budget")
    for name, description in NEEDED.items():
        need(template, name, description)
    topic = Ref("AlertTopicArn")

    api.add_filters(template, settings)
    watches = [*api.watches(settings), *database.watches(settings), *pipeline.watches(settings)]
    for watch in watches:
        add_alarm(template, watch, topic)
    for title, (says, rule) in COMPOSITES.items():
        add_composite(template, title, says, rule, topic)
    board = dashboard.add_dashboard(template, settings, watches)
    budget.add_budget(template, settings, topic)

    tag_everything(template, settings)
    keep_state(template, settings)

    offer(template, "DashboardName", Ref(board), "Dashboard of CloudWatch")
    arns = Join(",", [GetAtt(alarm, "Arn") for alarm in ROLLBACK])
    offer(template, "RollbackAlarmArns", arns, "Alarms of the API that undo a change")
    return template
