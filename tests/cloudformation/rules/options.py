"""Rules for the health document and the listeners of Beanstalk.

The health document is the option ConfigDocument; it lists the metrics that enhanced health publishes.

https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/command-options-general.html
"""

import json

from tests.cloudformation.rules.beanstalk import options
from tests.cloudformation.rules.core import Json, Rule, of_type
from tests.cloudformation.rules.writing import written

LISTENER = "aws:elbv2:listener:443"
# The metrics of alarms and charts; enhanced health publishes only the metrics in its document.
PUBLISHED = {
    *("ApplicationRequests2xx", "ApplicationRequests4xx", "ApplicationRequests5xx"),
    *("ApplicationRequestsTotal", "EnvironmentHealth"),
}
ENVIRONMENT = "AWS::ElasticBeanstalk::Environment"


def unpublished_health(template: Json) -> list[str]:
    """List metrics of alarms that the health document does not publish every minute."""
    for namespace, name, value in options(template):
        if (namespace, name) == ("aws:elasticbeanstalk:healthreporting:system", "ConfigDocument"):
            try:
                document = json.loads(value)
                published = document["CloudWatchMetrics"]["Environment"]
                valid = document["Version"] == 1 and {*published.values()} == {60}
            except (ValueError, KeyError, TypeError, AttributeError):
                return ["the health document cannot be read"]
            return sorted(PUBLISHED - published.keys()) + (
                [] if valid else ["the health document needs version 1 and a period of 60 s"]
            )
    return sorted(PUBLISHED) if of_type(template, ENVIRONMENT) else []


def unneeded_health_metrics(template: Json) -> list[str]:
    """List entries of the health document that are not metrics of the environment.

    Health rules could hide failures, and metrics of instances cost money.
    https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/health-enhanced-rules.html
    """
    findings = []
    for _, name, value in options(template):
        if name == "ConfigDocument":
            document = json.loads(value)
            metrics = document.get("CloudWatchMetrics", {})
            findings += sorted(document.keys() - {"CloudWatchMetrics", "Version"})
            findings += sorted(metrics.keys() - {"Environment", "Instance"})
            # AWS charges for each metric of each instance, and no alarm uses such a metric.
            findings += sorted(metrics.get("Instance", {}))
    return findings


def wrong_listener_conditions(template: Json) -> list[str]:
    """List the options with a wrong condition.

    Exactly the options of the HTTPS listener must have the condition `Encrypted`.
    """
    findings = []
    for environment in of_type(template, ENVIRONMENT).values():
        for option in environment["OptionSettings"]:
            chosen = option["Fn::If"][1] if "Fn::If" in option else option
            conditional = written(option).startswith("Encrypted? ") and written(option).endswith(
                " : @AWS::NoValue"
            )
            if conditional != (chosen["Namespace"] == LISTENER):
                findings.append(f"{chosen['Namespace']} {chosen['OptionName']}")
    return findings


RULES: list[Rule] = [
    unpublished_health,
    unneeded_health_metrics,
    wrong_listener_conditions,
]
