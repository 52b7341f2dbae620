"""The alarms of the API: metrics of Beanstalk, and metric filters on the API's log."""

from troposphere import Ref, Template, logs

from cloudformation.monitoring.alarm import Alarm, Metric
from cloudformation.settings import Settings

_FIVE_MINUTES, _DAY = 300, 86400
# Fewer requests in a period say nothing: one error in three requests is no reason for a rollback.
_LEAST_REQUESTS = 50
# Not JSON patterns, because Beanstalk puts a date and a host in front of each JSON line.
# A regular expression must contain neither quotes nor spaces, hence \x22 and \s:
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/regex-expressions.html
FILTER_PATTERNS = {
    "Requests": '"\\"message\\": \\"request\\""',
    "Errors4xx": r"%\x22http_status\x22:\s4[0-9][0-9]%",
    "Errors5xx": r"%\x22http_status\x22:\s5[0-9][0-9]%",
    "LoginFailures": '"\\"operation\\": \\"POST /api/v1/auth/login\\"" "\\"http_status\\": 401"',
    "RateLimited": '"\\"http_status\\": 429"',
    "DatabaseErrors": '"\\"http_status\\": 503"',
}


def namespace(settings: Settings) -> str:
    """Return the namespace of the filters' metrics.

    It contains the environment, because a filter cannot set a dimension that the log line lacks.
    """
    return f"TodoApi/Api/{settings.environment}"


def add_filters(template: Template, settings: Settings) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html"""
    for name, pattern in FILTER_PATTERNS.items():
        template.add_resource(
            logs.MetricFilter(
                f"{name}Filter",
                LogGroupName=Ref("ApiLogGroupName"),
                FilterPattern=pattern,
                MetricTransformations=[
                    logs.MetricTransformation(
                        MetricNamespace=namespace(settings),
                        MetricName=name,
                        MetricValue="1",
                        DefaultValue=0,
                        Unit="Count",
                    )
                ],
            )
        )


def beanstalk_metric(name: str, statistic: str) -> Metric:
    """https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/health-enhanced-cloudwatch.html"""
    return Metric("AWS/ElasticBeanstalk", name, {"EnvironmentName": Ref("ApiEnvironmentName")}, statistic)


def log_metric(settings: Settings, name: str) -> Metric:
    """Return the metric of a filter, which counts log lines."""
    return Metric(namespace(settings), name, {}, "Sum")


def alarms(settings: Settings) -> list[Alarm]:
    """Return the alarms of the API."""
    return [
        _percentage_alarm(
            "ApiErrors", "More than 1 % of all requests end in a server error (5xx).", "5xx", 1
        ),
        _percentage_alarm(
            "ApiObjective",
            "Less than 99.9 % of the requests of one day succeeded: the objective of the month is at risk.",
            "5xx",
            0.1,
            _DAY,
        ),
        _percentage_alarm("ApiRefusals", "More than 20 % of all requests are rejected (4xx).", "4xx", 20),
        Alarm(
            "ApiLatency",
            "One request in a hundred takes longer than half a second.",
            {"p99": beanstalk_metric("ApplicationLatencyP99", "Average")},
            0.5,
            _FIVE_MINUTES,
            datapoints=(3, 5),
        ),
        Alarm(
            "ApiHealth",
            "Beanstalk calls the environment degraded (20) or severe (25).",
            {"health": beanstalk_metric("EnvironmentHealth", "Maximum")},
            20,
            60,
            comparison="GreaterThanOrEqualToThreshold",
            datapoints=(3, 3),
            missing_data="breaching",
        ),
        Alarm(
            "LoginFailures",
            "More than 100 logins failed in five minutes: passwords may be guessed.",
            {"failures": log_metric(settings, "LoginFailures")},
            100,
            _FIVE_MINUTES,
        ),
        Alarm(
            "DatabaseErrors",
            "Requests end in status 503: the database is unavailable or too slow.",
            {"errors": log_metric(settings, "DatabaseErrors")},
            10,
            _FIVE_MINUTES,
        ),
    ]


def _percentage_alarm(
    title: str, description: str, status: str, percent: float, period: int = _FIVE_MINUTES
) -> Alarm:
    return Alarm(
        title,
        description,
        {
            "some": beanstalk_metric(f"ApplicationRequests{status}", "Sum"),
            "requests": beanstalk_metric("ApplicationRequestsTotal", "Sum"),
        },
        percent,
        period,
        expression=f"IF(requests >= {_LEAST_REQUESTS}, 100 * some / requests, 0)",
    )
