"""Services of an account in which nothing is missing, or something is."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

from cloudformation.account.preflight import Finding, check
from cloudformation.account.sweep import Fate, leftovers
from cloudformation.settings import Settings
from tests.aws import REGION
from tests.cloudformation.account_checks.answers import Json, answering

Client = Callable[[str], Any]
NOW = datetime(2026, 11, 21, tzinfo=UTC)
ARN = f"arn:aws:acm:{REGION}:123456789012:certificate/1"
# Quotas of a new account, by their codes.
ALLOWED = {"L-F678F1CE": 5, "L-0263D0A3": 5, "L-FE5A380F": 5, "L-1216C47A": 5, "L-7B6409FD": 40}
PLATFORM = {
    "PlatformArn": f"arn:aws:elasticbeanstalk:{REGION}::platform/Python 3.12 running on Linux/4.9.0",
    "PlatformBranchName": "Python 3.12 running on 64bit Amazon Linux 2023",
    "PlatformBranchLifecycleState": "Supported",
    "PlatformVersion": "4.9.0",
}


def certificate(**changed: Any) -> Any:
    issued = {"Status": "ISSUED", "DomainName": "todo.example.com", "NotAfter": NOW + timedelta(days=200)}
    return answering("acm", DescribeCertificate=lambda asked: {"Certificate": {**issued, **changed}})


def tags(status: str) -> Any:
    listed = {"CostAllocationTags": [{"TagKey": "CostCenter", "Type": "UserDefined", "Status": status}]}
    return answering("ce", ListCostAllocationTags=lambda asked: listed)


def quotas(**allowed: int) -> Any:
    values = ALLOWED | {code.replace("_", "-"): value for code, value in allowed.items()}
    return answering(
        "service-quotas", GetServiceQuota=lambda asked: {"Quota": {"Value": values[asked["QuotaCode"]]}}
    )


def platforms(*offered: Json, running: str | None = None) -> Any:
    environments = (
        [{"PlatformArn": f"arn:aws:elasticbeanstalk:{REGION}::platform/{running}"}] if running else []
    )

    def matching(asked: Json) -> Json:
        branch = asked["Filters"][0]["Values"][0]
        return {"PlatformSummaryList": [each for each in offered if each["PlatformBranchName"] == branch]}

    return answering(
        "elasticbeanstalk",
        ListPlatformVersions=matching,
        DescribePlatformVersion=lambda asked: {"PlatformDescription": {"DateCreated": NOW}},
        DescribeEnvironments=lambda asked: {"Environments": environments},
    )


def says(client: Client, settings: Settings, subject: str, given: str | None = ARN) -> Finding:
    """What is said of this subject."""
    (row,) = [row for row in check(client, settings, given, lambda: NOW) if row.subject == subject]
    return row


def zones(letters: str, *odd: Json, lacking: tuple[str, str] = ("", "")) -> Any:
    """EC2 with these zones, in this order, and odd ones; `lacking` is a zone and a type it does not offer."""
    zone = {"State": "available", "ZoneType": "availability-zone", "OptInStatus": "opt-in-not-required"}
    described = [{**zone, "ZoneName": f"{REGION}{letter}"} for letter in letters]
    described += [{**zone, "ZoneName": f"{REGION}-0{number}", **each} for number, each in enumerate(odd)]

    def offered(asked: Json) -> Json:
        names = (each["ZoneName"] for each in described)
        found = {*product(names, asked["Filters"][0]["Values"])} - {lacking}
        return {"InstanceTypeOfferings": [{"Location": zone, "InstanceType": kind} for zone, kind in found]}

    return answering(
        "ec2",
        DescribeAvailabilityZones=lambda asked: {"AvailabilityZones": described},
        DescribeInstanceTypeOfferings=offered,
    )


def pairs(settings: Settings) -> list[Json]:
    return [{"Key": key, "Value": value} for key, value in settings.tags.items()]


def make_own_vpc(client: Client, settings: Settings) -> None:
    carried = [{"ResourceType": "vpc", "Tags": pairs(settings)}]
    client("ec2").create_vpc(CidrBlock=f"{settings.network}.0.0/16", TagSpecifications=carried)


def fates(client: Client, settings: Settings) -> dict[str, Fate]:
    """What is left, by its ARN."""
    return {each.arn: each.fate for each in leftovers(client, settings)}
