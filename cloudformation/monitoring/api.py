"""What is watched of the API: Beanstalk's view of it, and what its log lines tell."""

from troposphere import Ref, Template, logs

from cloudformation.monitoring.watch import Series, Watch
from cloudformation.settings import Settings

_FIVE_MINUTES = 300
# Regular expressions and phrases, since Beanstalk puts a date and a host before each line of JSON.
# A regular expression may hold neither quotes nor blanks, so they are written as \x22 and \s:
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/regex-expressions.html
PATTERNS = {
    "Requests": '"\\"message\\": \\"request\\""',
    "Errors4xx": r"%\x22http_status\x22:\s4[0-9][0-9]%",
    "Errors5xx": r"%\x22http_status\x22:\s5[0-9][0-9]%",
    "LoginFailures": '"\\"operation\\": \\"POST /api/v1/auth/login\\"" "\\"http_status\\": 401"',
    "RateLimited": '"\\"http_status\\": 429"',
    "DatabaseErrors": '"\\"http_status\\": 503"',
}


def namespace(settings: Settings) -> str:
    """Return where the counts go; a filter cannot set a dimension that its line does not hold."""
    return f"TodoApi/Api/{settings.environment}"


def add_filters(template: Template, settings: Settings) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html"""
    for name, pattern in PATTERNS.items():
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


def beanstalk(name: str, statistic: str) -> Series:
    """https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/health-enhanced-cloudwatch.html"""
    return Series("AWS/ElasticBeanstalk", name, {"EnvironmentName": Ref("ApiEnvironmentName")}, statistic)


def counted(settings: Settings, name: str) -> Series:
    """Return what a filter counts."""
    return Series(namespace(settings), name, {}, "Sum")


def watches(settings: Settings) -> list[Watch]:
    """Return the alarms of the API."""
    return [
        _share("ApiErrors", "More than 1 % of all requests end in an error of ours.", "5xx", 1),
        _share("ApiRefusals", "More than 20 % of all requests are refused.", "4xx", 20),
        Watch(
            "ApiLatency",
            "One request in a hundred takes longer than half a second.",
            {"p99": beanstalk("ApplicationLatencyP99", "Average")},
            0.5,
            _FIVE_MINUTES,
            datapoints=(3, 5),
        ),
        Watch(
            "ApiHealth",
            "Beanstalk calls the environment degraded (20) or severe (25).",
            {"health": beanstalk("EnvironmentHealth", "Maximum")},
            20,
            60,
            comparison="GreaterThanOrEqualToThreshold",
            datapoints=(3, 3),
            missing="breaching",
        ),
        Watch(
            "LoginFailures",
            "Somebody tries many passwords.",
            {"failures": counted(settings, "LoginFailures")},
            100,
            _FIVE_MINUTES,
        ),
        Watch(
            "DatabaseErrors",
            "Requests are answered 503: the database is away or too slow.",
            {"errors": counted(settings, "DatabaseErrors")},
            10,
            _FIVE_MINUTES,
        ),
    ]


def _share(title: str, says: str, status: str, percent: float) -> Watch:
    return Watch(
        title,
        says,
        {
            "some": beanstalk(f"ApplicationRequests{status}", "Sum"),
            "requests": beanstalk("ApplicationRequestsTotal", "Sum"),
        },
        percent,
        _FIVE_MINUTES,
        expression="IF(requests > 0, 100 * some / requests, 0)",
    )
