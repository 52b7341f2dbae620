"""What can be known of an account before a deployment of an hour begins."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, partial
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, NoRegionError, UnknownRegionError
from botocore.session import Session

from cloudformation.account.certificate import check_certificate
from cloudformation.account.finding import Finding, failed, hint, passed
from cloudformation.account.platform import find_platform, running_platform
from cloudformation.account.quotas import check_quotas, is_ours
from cloudformation.account.zones import choose_zones
from cloudformation.artefacts import certificates
from cloudformation.errors import SIGN_IN, DeployError, explain
from cloudformation.settings import Settings
from cloudformation.stacks import stack_name

__all__ = ["Finding", "check"]

Client = Callable[[str], Any]
Clock = Callable[[], datetime]
# The services of ours that AWS does not run everywhere.
SCARCE = ("mwaa", "elasticbeanstalk", "docdb", "athena", "glue")
# https://docs.aws.amazon.com/mwaa/latest/userguide/airflow-versions.html
# Those that the DAGs are tested on and that have wheels for all they need.
AIRFLOW_VERSIONS = ("3.2.1", "3.3.1")
COST_TAG = "CostCenter"


def today() -> datetime:
    """Return the time that certificates are measured by."""
    return datetime.now(UTC)


def check(client: Client, settings: Settings, certificate: str | None, now: Clock = today) -> list[Finding]:
    """Return a row for each thing a deployment needs; a check that fails is a row, never an exception.

    `certificate` is the ARN of a certificate of ACM, if the API gets one. Without a region or credentials
    nothing else can be asked, so that row is then the only one.
    """
    # The region first, as botocore knows it: an address that does not exist is tried for minutes.
    if not (region := find_region(client)).ok:
        return [region]
    try:
        identity = _credentials(client("sts"))
    except (BotoCoreError, ClientError) as error:
        return [failed("Credentials", f"{error}. {SIGN_IN}")]
    checks: Sequence[tuple[str, Callable[[], Finding]]] = (
        ("Database", partial(_database, client)),
        ("Zones", partial(_zones, client, settings)),
        ("Platform", partial(_platform, client, settings)),
        ("Airflow", partial(_airflow, settings)),
        ("Certificate", partial(check_certificate, client, certificate, now)),
        ("Addresses", partial(_addresses, client, settings)),
        ("Budget", partial(_budget, client)),
    )
    rows = [_ask(subject, question) for subject, question in checks]
    return [identity, region, *rows, *check_quotas(client, settings)]


def _ask(subject: str, question: Callable[[], Finding]) -> Finding:
    """Return the answer, or that AWS gave none, which need not keep anybody from deploying."""
    try:
        return question()
    except (BotoCoreError, ClientError) as error:
        return hint(subject, f"This could not be looked up: {error}")


def _credentials(sts: Any) -> Finding:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html"""
    caller = sts.get_caller_identity()
    if caller["Arn"].endswith(":root"):
        return failed("Credentials", "This is the root user, who deploys nothing: sign in as a role.")
    return passed("Credentials", f"{caller['Arn']} in account {caller['Account']}")


def find_region(client: Client) -> Finding:
    """Return whether there is a region that has what we use, without asking AWS."""
    try:
        region = client("ec2").meta.region_name
    except NoRegionError as error:
        return failed("Region", explain(error))
    if missing := _missing(region):
        return failed(
            "Region", f"{region} has no {', '.join(missing)}: name another one with AWS_DEFAULT_REGION."
        )
    return passed("Region", region)


@cache
def _missing(region: str) -> list[str]:
    """Return which services a region lacks, as botocore's own list of endpoints has it."""
    endpoints = Session()
    try:
        partition = endpoints.get_partition_for_region(region)
    except UnknownRegionError:
        return list(SCARCE)
    return [name for name in SCARCE if region not in endpoints.get_available_regions(name, partition)]


def _database(client: Client) -> Finding:
    """The API and the DAGs know their database by certificates that travel with them."""
    region = client("ec2").meta.region_name
    try:
        certificates.for_region(region)
    except DeployError as error:
        return failed("Database", str(error))
    return passed("Database", f"its certificates for {region} travel along")


def _zones(client: Client, settings: Settings) -> Finding:
    try:
        zones = choose_zones(client("ec2"), settings)
    except DeployError as error:
        return failed("Zones", str(error))
    return passed("Zones", f"a new network lies in {', '.join(zones)}")


def _platform(client: Client, settings: Settings) -> Finding:
    """https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/environment-platform-update-managed.html"""
    beanstalk = client("elasticbeanstalk")
    running = running_platform(beanstalk, stack_name(settings, "webapp"))
    try:
        newest = find_platform(beanstalk, None, upgrade=True)
    except DeployError as error:
        return (
            hint("Platform", f"{_short(running)} stays. {error}")
            if running
            else failed("Platform", str(error))
        )
    if running not in {None, newest}:
        says = f"{_short(running)} stays; --upgrade-platform takes {_short(newest)}."
        return hint("Platform", says)
    return passed("Platform", _short(newest))


def _short(arn: str) -> str:
    """Return branch and version: "Python 3.12 running on 64bit Amazon Linux 2023/4.9.0"."""
    return arn.partition(":platform/")[2]


def _airflow(settings: Settings) -> Finding:
    if settings.airflow_version in AIRFLOW_VERSIONS:
        return passed("Airflow", settings.airflow_version)
    known = " or ".join(AIRFLOW_VERSIONS)
    says = f"{settings.airflow_version} is not a version the DAGs run on: set airflow_version to {known}."
    return failed("Airflow", says)


def _addresses(client: Client, settings: Settings) -> Finding:
    """https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html"""
    ours = ip_network(f"{settings.network}.0.0/16")
    pages = client("ec2").get_paginator("describe_vpcs").paginate()
    others = [vpc for page in pages for vpc in page["Vpcs"] if not is_ours(vpc, settings)]
    blocks = {vpc["VpcId"]: vpc.get("CidrBlockAssociationSet", []) for vpc in others}
    shared = [name for name, cidrs in blocks.items() if any(_overlap(ours, each) for each in cidrs)]
    if shared:
        says = (
            f"{ours} is also in {', '.join(shared)}: the two can never be joined; `network` chooses another."
        )
        return hint("Addresses", says)
    return passed("Addresses", f"{ours} is in no other VPC")


def _overlap(ours: IPv4Network | IPv6Network, association: Mapping[str, Any]) -> bool:
    used = association["CidrBlockState"]["State"] == "associated"
    return used and ours.overlaps(ip_network(association["CidrBlock"]))


def _budget(client: Client) -> Finding:
    """https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/activating-tags.html"""
    asked = {"TagKeys": [COST_TAG], "Type": "UserDefined"}
    tags = client("ce").list_cost_allocation_tags(**asked)["CostAllocationTags"]
    if any(tag["Status"] == "Active" for tag in tags):
        return passed("Budget", f"Costs are told apart by the tag {COST_TAG}")
    says = (
        f"The budget counts nothing until the tag {COST_TAG} is activated under cost allocation tags in the "
        "billing console, which can be done a day after the first deployment."
    )
    return hint("Budget", says)
