"""The options that travel with the application are spelt as Beanstalk spells them."""

from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # its stubs are not among our pins

ROOT = Path(__file__).parents[2]

# https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/command-options-general.html
KNOWN = {
    # Environment variables: whatever the API reads.
    "aws:elasticbeanstalk:application:environment": {"TRUSTED_PROXIES"},
    "aws:elasticbeanstalk:environment:process:default": {
        "DeregistrationDelay",
        "HealthCheckInterval",
        "HealthCheckPath",
        "HealthCheckTimeout",
        "HealthyThresholdCount",
        "MatcherHTTPCode",
        "Port",
        "Protocol",
        "StickinessEnabled",
        "UnhealthyThresholdCount",
    },
    "aws:elasticbeanstalk:healthreporting:system": {
        "ConfigDocument",
        "EnhancedHealthAuthEnabled",
        "HealthCheckSuccessThreshold",
        "SystemType",
    },
    "aws:elasticbeanstalk:cloudwatch:logs": {"DeleteOnTerminate", "RetentionInDays", "StreamLogs"},
    "aws:autoscaling:launchconfiguration": {
        "DisableIMDSv1",
        "MonitoringInterval",
        "RootVolumeSize",
        "RootVolumeType",
    },
}


@pytest.fixture
def options() -> dict[str, dict[str, Any]]:
    settings: dict[str, dict[str, Any]] = {}
    for path in sorted((ROOT / ".ebextensions").glob("*.config")):
        settings.update(yaml.safe_load(path.read_text())["option_settings"])
    return settings


def test_option_names_are_known(options: dict[str, dict[str, Any]]) -> None:
    assert options
    assert not {
        f"{namespace} {name}"
        for namespace, values in options.items()
        for name in values
        if name not in KNOWN.get(namespace, set())
    }


def test_option_values_are_strings(options: dict[str, dict[str, Any]]) -> None:
    assert not [
        value for values in options.values() for value in values.values() if not isinstance(value, str)
    ]


def test_load_balancer_asks_for_readiness(options: dict[str, dict[str, Any]]) -> None:
    process = options["aws:elasticbeanstalk:environment:process:default"]

    assert process["HealthCheckPath"] == "/health/ready"
    assert int(process["HealthCheckTimeout"]) < int(process["HealthCheckInterval"])


def test_procfile_alone_starts_the_server(options: dict[str, dict[str, Any]]) -> None:
    assert "aws:elasticbeanstalk:container:python" not in options
