"""Checks before a deployment that takes an hour: common reasons for a failure halfway."""

from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, NoRegionError

from cloudformation.artefacts import bundle, dags
from cloudformation.deploy import choices
from cloudformation.errors import DeployError, explain
from cloudformation.settings import AIRFLOW_VERSIONS, Settings
from cloudformation.stacks import stack_name

Client = Callable[[str], Any]
_FIX = "Request an increase in the console of Service Quotas, or delete what is unused."


def check(client: Client, settings: Settings, certificate: str) -> Iterator[tuple[str, str]]:
    """Yield a mark (ok, hint or failed) and a sentence for each check.

    `certificate` is the ARN of the API's certificate in ACM, or ''. A check that AWS does not answer is a
    hint, because the deployment may succeed; without credentials or a region the other checks are skipped.
    """
    try:
        region = str(client("ec2").meta.region_name)
        caller = client("sts").get_caller_identity()
    except (BotoCoreError, ClientError, NoRegionError) as error:
        yield "failed", explain(error)
        return
    yield (
        ("failed" if caller["Arn"].endswith(":root") else "ok"),
        f"credentials of {caller['Arn']} in {region}",
    )
    checks: tuple[Callable[[], tuple[str, str]], ...] = (
        lambda: _files(region),
        lambda: _airflow(settings),
        lambda: ("ok", f"zones {', '.join(choices.choose_zones(client('ec2'), settings))}"),
        lambda: ("ok", f"platform {_platform(client, settings)}"),
        lambda: _certificate(client, certificate),
        lambda: _quota(
            client, "ec2", "L-0263D0A3", "Elastic IPs", settings.nat_gateways, _addresses(client, settings)
        ),
        lambda: _quota(
            client,
            "rds",
            "L-7B6409FD",
            "database instances",
            settings.database_instances,
            _databases(client, settings),
        ),
    )
    for each in checks:
        try:
            yield each()
        except DeployError as error:
            yield "failed", str(error)
        except (BotoCoreError, ClientError) as error:
            yield "hint", f"could not be checked: {error}"


def _files(region: str) -> tuple[str, str]:
    count = len(bundle.contents()) + len(dags.contents())
    if not bundle.has_certificate(region):
        return "failed", (
            f"global-bundle.pem has no CA certificate of DocumentDB for {region}. Renew and commit it: "
            f"curl -fsS {bundle.CERTIFICATES_SOURCE} -o cloudformation/artefacts/global-bundle.pem"
        )
    return "ok", f"{count} files of the API and the DAGs"


def _airflow(settings: Settings) -> tuple[str, str]:
    if settings.airflow_version in AIRFLOW_VERSIONS:
        return "ok", f"Airflow {settings.airflow_version}"
    tested = " or ".join(AIRFLOW_VERSIONS)
    return (
        "failed",
        f"The DAGs are not tested on Airflow {settings.airflow_version}: set airflow_version to {tested}.",
    )


def _platform(client: Client, settings: Settings) -> str:
    arn = choices.choose_platform(client("elasticbeanstalk"), stack_name(settings, "webapp"))
    return arn.partition(":platform/")[2]


def _certificate(client: Client, arn: str) -> tuple[str, str]:
    """https://docs.aws.amazon.com/acm/latest/APIReference/API_DescribeCertificate.html"""
    if not arn:
        return (
            "hint",
            "no certificate: passwords are sent without TLS. Set CERTIFICATE_ARN to a certificate in ACM.",
        )
    status = client("acm").describe_certificate(CertificateArn=arn)["Certificate"]["Status"]
    if status != "ISSUED":
        return "failed", f"The certificate {arn} has the status {status}; it must be ISSUED."
    return "ok", f"certificate {arn}"


def _quota(client: Client, service: str, code: str, subject: str, needed: int, used: int) -> tuple[str, str]:
    """https://docs.aws.amazon.com/servicequotas/latest/APIReference/API_GetServiceQuota.html"""
    quota = client("service-quotas").get_service_quota(ServiceCode=service, QuotaCode=code)["Quota"]["Value"]
    free = int(quota) - used
    mark, fix = ("ok", "") if needed <= free else ("failed", f" {_FIX}")
    return mark, f"{subject}: {needed} needed, {max(free, 0)} of {int(quota)} free.{fix}"


def _addresses(client: Client, settings: Settings) -> int:
    """Return the number of addresses that other environments use."""
    tags = [
        {tag["Key"]: tag["Value"] for tag in each.get("Tags", [])}
        for each in client("ec2").describe_addresses()["Addresses"]
    ]
    ours = settings.project, settings.environment
    return sum((each.get("Project"), each.get("Environment")) != ours for each in tags)


def _databases(client: Client, settings: Settings) -> int:
    """Return the number of other instances of DocumentDB, Neptune and RDS, which share one quota."""
    pages = client("docdb").get_paginator("describe_db_instances").paginate()
    ours = stack_name(settings, "data")
    return sum(each.get("DBClusterIdentifier") != ours for page in pages for each in page["DBInstances"])
