"""The alarms of the API, based on metrics of the API and of Beanstalk, which counts requests at the proxy."""

from troposphere import Ref

from cloudformation.monitoring.alarm import Alarm, Metric
from cloudformation.settings import Settings

_FIVE_MINUTES, _DAY = 300, 86400
# In periods with fewer requests, the share of errors is taken as 0, so that one error in three requests does
# not cause a rollback.
_LEAST_REQUESTS = 50


def beanstalk_metric(name: str, statistic: str) -> Metric:
    """Return a metric of the environment that Elastic Beanstalk publishes.

    https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/health-enhanced-cloudwatch.html
    """
    return Metric("AWS/ElasticBeanstalk", name, {"EnvironmentName": Ref("ApiEnvironmentName")}, statistic)


def api_metric(settings: Settings, name: str, statistic: str = "Sum") -> Metric:
    """Return a metric of the API for all routes together, from the metrics file (docs/metrics.md)."""
    return Metric("TodoApi/Api", name, {"Environment": settings.environment}, statistic)


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
            {"p99": api_metric(settings, "LatencyMs", "p99")},
            500,
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
            {"failures": api_metric(settings, "LoginFailures")},
            100,
            _FIVE_MINUTES,
        ),
        Alarm(
            "DatabaseErrors",
            "Requests end in status 503: the database is unavailable or too slow.",
            {"errors": api_metric(settings, "DatabaseErrors")},
            10,
            _FIVE_MINUTES,
        ),
        Alarm(
            "ApiMetrics",
            "No process of the API sends metrics, so other alarms of the API may stay silent.",
            # Each process of the API sends one value per minute, even without requests (0).
            {"processes": api_metric(settings, "Requests", "SampleCount")},
            1,
            _FIVE_MINUTES,
            comparison="LessThanThreshold",
            datapoints=(3, 3),
            missing_data="breaching",
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
