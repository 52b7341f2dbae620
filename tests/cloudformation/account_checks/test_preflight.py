"""What is said of an account before a deployment begins."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import NoCredentialsError

from cloudformation.account.preflight import AIRFLOW_VERSIONS, Finding, check
from cloudformation.settings import Settings
from cloudformation.stacks import stack_name
from tests.aws import REGION
from tests.cloudformation.account_checks.answers import Json, Refused, answering
from tests.cloudformation.airflow_rules import VERSIONS

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


@pytest.fixture(scope="session")
def parts() -> dict[str, Any]:
    """Clients in whose services nothing is missing."""
    return {
        "acm": certificate(),
        "ce": tags("Active"),
        "elasticbeanstalk": platforms(PLATFORM),
        "service-quotas": quotas(),
    }


@pytest.fixture
def account(client: Client, parts: dict[str, Any]) -> Client:
    """An account in which nothing is missing."""
    return instead(client, **parts)


def test_account_with_everything_passes(account: Client, dev: Settings, prod: Settings) -> None:
    roomy = instead(account, **{"service-quotas": quotas(L_1216C47A=32)})

    assert {row.mark for row in check(account, dev, ARN, lambda: NOW)} == {"ok"}
    assert {row.mark for row in check(roomy, prod, ARN, lambda: NOW)} == {"ok"}


def test_identity_is_shown(account: Client, dev: Settings) -> None:
    assert "in account 123456789012" in says(account, dev, "Credentials").says


def test_without_credentials_nothing_else_is_asked(dev: Settings) -> None:
    def nobody(asked: Json) -> Json:
        raise NoCredentialsError

    rows = check(lambda service: answering(service, GetCallerIdentity=nobody), dev, None)

    assert [(row.subject, row.mark) for row in rows] == [("Credentials", "failed")]
    assert "Unable to locate credentials. Sign in" in rows[0].says


def test_root_user_deploys_nothing(account: Client, dev: Settings) -> None:
    root = {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:root", "UserId": "1"}
    as_root = instead(account, sts=answering("sts", GetCallerIdentity=lambda asked: root))

    assert says(as_root, dev, "Credentials").mark == "failed"


def test_region_without_a_service_is_told(account: Client, dev: Settings) -> None:
    row = says(instead(account, ec2=answering("ec2", "ap-southeast-6")), dev, "Region")

    assert row.mark == "failed"
    assert row.says == "ap-southeast-6 has no mwaa: name another one with AWS_DEFAULT_REGION."


def test_missing_region_is_told(account: Client, dev: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)

    def nowhere(service: str) -> Any:
        return boto3.client("ec2") if service == "ec2" else account(service)

    assert says(nowhere, dev, "Region").says == "None: name one with AWS_DEFAULT_REGION."


def test_region_without_certificates_is_told(account: Client, dev: Settings) -> None:
    row = says(instead(account, ec2=answering("ec2", "il-central-1")), dev, "Database")

    assert row.mark == "failed"
    assert "no certificate for databases in il-central-1" in row.says


def test_region_with_too_few_zones_is_told(account: Client, prod: Settings) -> None:
    zone = {"State": "available", "ZoneType": "availability-zone"}
    edge = {"State": "available", "ZoneType": "local-zone"}
    zones = {"AvailabilityZones": [zone, zone, edge]}
    few = instead(account, ec2=answering("ec2", DescribeAvailabilityZones=lambda asked: zones))

    assert says(few, prod, "Zones").says.startswith("2 of 3 zones")
    assert says(few, prod, "Zones").mark == "failed"


def test_platform_that_is_not_offered_is_told(account: Client, dev: Settings) -> None:
    row = says(instead(account, elasticbeanstalk=platforms()), dev, "Platform")

    assert row.mark == "failed"
    assert "offers none of these platforms" in row.says


def test_newer_platform_is_a_hint(account: Client, dev: Settings) -> None:
    older = platforms(PLATFORM, running="Python 3.12 running on Linux/4.1.0")
    row = says(instead(account, elasticbeanstalk=older), dev, "Platform")

    assert row.mark == "hint"
    assert row.says == (
        "Python 3.12 running on Linux/4.1.0 stays; "
        "--upgrade-platform takes Python 3.12 running on Linux/4.9.0."
    )


def test_retired_platform_stops_no_deployment(account: Client, dev: Settings) -> None:
    retired = platforms(running="Python 3.11 running on Linux/4.1.0")
    row = says(instead(account, elasticbeanstalk=retired), dev, "Platform")

    assert row.mark == "hint"
    assert row.says.startswith("Python 3.11 running on Linux/4.1.0 stays. Elastic Beanstalk offers none")


def test_airflow_of_another_version_is_refused(account: Client, dev: Settings) -> None:
    row = says(account, replace(dev, airflow_version="2.10.3"), "Airflow")

    assert (row.mark, row.says[:6]) == ("failed", "2.10.3")


def test_airflow_versions_are_those_of_the_rules() -> None:
    assert set(AIRFLOW_VERSIONS) == VERSIONS


@pytest.mark.parametrize(
    ("changed", "mark"),
    [
        ({"Status": "PENDING_VALIDATION"}, "failed"),
        ({"NotAfter": NOW - timedelta(days=1)}, "failed"),
        ({"NotAfter": NOW + timedelta(days=29)}, "hint"),
        ({"NotAfter": NOW + timedelta(days=31)}, "ok"),
    ],
    ids=["not issued", "expired", "soon", "in time"],
)
def test_certificate_has_to_be_valid(account: Client, dev: Settings, changed: Json, mark: str) -> None:
    assert says(instead(account, acm=certificate(**changed)), dev, "Certificate").mark == mark


def test_certificate_of_another_region_is_refused(account: Client, dev: Settings) -> None:
    row = says(account, dev, "Certificate", ARN.replace(REGION, "us-east-1"))

    assert row.mark == "failed"
    assert f"request one in {REGION}" in row.says


def test_missing_certificate_is_a_hint(account: Client, dev: Settings) -> None:
    row = says(account, dev, "Certificate", None)

    assert row.mark == "hint"
    assert "without TLS" in row.says


def test_addresses_of_another_network_are_a_hint(account: Client, dev: Settings) -> None:
    other = account("ec2").create_vpc(CidrBlock="10.20.128.0/20")["Vpc"]["VpcId"]
    row = says(account, dev, "Addresses")

    assert row.mark == "hint"
    assert other in row.says


def test_own_network_is_no_conflict(account: Client, dev: Settings) -> None:
    make_own_vpc(account, dev)

    assert says(account, dev, "Addresses").mark == "ok"


def test_tag_that_is_not_activated_is_a_hint(account: Client, dev: Settings) -> None:
    row = says(instead(account, ce=tags("Inactive")), dev, "Budget")

    assert row.mark == "hint"
    assert "CostCenter" in row.says


def test_refused_question_is_a_hint(account: Client, dev: Settings) -> None:
    def refuse(asked: Json) -> Json:
        raise Refused("AccessDeniedException")

    row = says(instead(account, ce=answering("ce", ListCostAllocationTags=refuse)), dev, "Budget")

    assert row.mark == "hint"
    assert "AccessDeniedException" in row.says


@pytest.mark.parametrize(
    ("code", "allowed", "subject", "told"),
    [
        ("L_F678F1CE", 1, "VPCs", "1 needed, 0 of 1 free"),
        ("L_0263D0A3", 0, "Elastic IPs", "1 needed, 0 of 0 free"),
        ("L_FE5A380F", 0, "NAT gateways in a zone", "1 needed, 0 of 0 free"),
        ("L_1216C47A", 3, "vCPUs of standard instances", "4 needed, 3 of 3 free"),
        ("L_7B6409FD", 0, "Database instances", "1 needed, 0 of 0 free"),
    ],
)
def test_account_without_room_is_told(
    account: Client, dev: Settings, code: str, allowed: int, subject: str, told: str
) -> None:
    row = says(instead(account, **{"service-quotas": quotas(**{code: allowed})}), dev, subject)

    assert row.mark == "failed"
    assert row.says.startswith(told)
    assert code.replace("_", "-") in row.says


def test_own_resources_do_not_count_against_quotas(account: Client, dev: Settings) -> None:
    make_own_vpc(account, dev)
    carried = [{"ResourceType": "elastic-ip", "Tags": pairs(dev)}]
    account("ec2").allocate_address(Domain="vpc", TagSpecifications=carried)
    make_own_database(account, dev)
    # Of VPCs also the one that each region begins with.
    full = instead(account, **{"service-quotas": quotas(L_F678F1CE=2, L_0263D0A3=1, L_7B6409FD=1)})

    rows = {row.subject: row.mark for row in check(full, dev, ARN, lambda: NOW)}

    assert [rows[subject] for subject in ("VPCs", "Elastic IPs", "Database instances")] == ["ok"] * 3


def test_instances_of_others_count_against_quotas(account: Client, dev: Settings) -> None:
    def instance(**kind: str) -> Json:
        return {"InstanceType": "m5.large", "CpuOptions": {"CoreCount": 1, "ThreadsPerCore": 2}, **kind}

    running = [instance(), instance(InstanceLifecycle="spot"), instance(InstanceType="p3.2xlarge")]
    ec2 = answering(
        "ec2",
        DescribeInstances=lambda asked: {"Reservations": [{"Instances": running}]},
        DescribeInstanceTypes=lambda asked: {
            "InstanceTypes": [{"VCpuInfo": {"DefaultVCpus": 2}} for _ in asked["InstanceTypes"]]
        },
    )

    assert says(instead(account, ec2=ec2), dev, "vCPUs of standard instances").says.startswith(
        "4 needed, 3 of 5 free"
    )


def test_fullest_zone_counts_for_gateways(account: Client, dev: Settings) -> None:
    ec2 = account("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
    ours = [{"ResourceType": "natgateway", "Tags": pairs(dev)}]
    for zone, number, tags in (("a", 1, []), ("a", 2, []), ("a", 3, ours), ("b", 4, [])):
        subnet = ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.99.{number}.0/24", AvailabilityZone=f"{REGION}{zone}"
        )["Subnet"]["SubnetId"]
        ec2.create_nat_gateway(SubnetId=subnet, ConnectivityType="private", TagSpecifications=tags)

    assert says(account, dev, "NAT gateways in a zone").says == "1 needed, 3 of 5 free"


def test_quota_that_cannot_be_read_is_a_hint(account: Client, dev: Settings) -> None:
    def refuse(asked: Json) -> Json:
        raise Refused("NoSuchResourceException")

    row = says(
        instead(account, **{"service-quotas": answering("service-quotas", GetServiceQuota=refuse)}),
        dev,
        "VPCs",
    )

    assert row.mark == "hint"
    assert "NoSuchResourceException" in row.says


def says(client: Client, settings: Settings, subject: str, given: str | None = ARN) -> Finding:
    """What is said of this subject."""
    (row,) = [row for row in check(client, settings, given, lambda: NOW) if row.subject == subject]
    return row


def pairs(settings: Settings) -> list[Json]:
    return [{"Key": key, "Value": value} for key, value in settings.tags.items()]


def make_own_vpc(client: Client, settings: Settings) -> None:
    carried = [{"ResourceType": "vpc", "Tags": pairs(settings)}]
    client("ec2").create_vpc(CidrBlock=f"{settings.network}.0.0/16", TagSpecifications=carried)


def make_own_database(client: Client, settings: Settings) -> None:
    name = {"DBClusterIdentifier": stack_name(settings, "data"), "Engine": "aurora-postgresql"}
    client("docdb").create_db_cluster(**name, MasterUsername="todo", MasterUserPassword="not-a-secret")
    client("docdb").create_db_instance(
        **name, DBInstanceIdentifier="instance", DBInstanceClass=settings.database_class
    )


def instead(client: Client, **clients: Any) -> Client:
    return lambda service: clients.get(service) or client(service)
