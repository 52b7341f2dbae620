"""What is said of an account before a deployment begins."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import NoCredentialsError

from cloudformation.account.preflight import AIRFLOW_VERSIONS, check
from cloudformation.settings import Settings
from tests.aws import REGION
from tests.cloudformation.account_checks.answers import Json, Refused, answering, instead
from tests.cloudformation.account_checks.services import (
    ARN,
    NOW,
    PLATFORM,
    certificate,
    make_own_vpc,
    platforms,
    quotas,
    says,
    tags,
    zones,
)
from tests.cloudformation.airflow_rules import VERSIONS

Client = Callable[[str], Any]


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

    assert says(nowhere, dev, "Region").says.startswith("No region is configured: set AWS_DEFAULT_REGION")


def test_region_without_certificates_is_told(account: Client, dev: Settings) -> None:
    row = says(instead(account, ec2=answering("ec2", "il-central-1")), dev, "Database")

    assert row.mark == "failed"
    assert "no certificate for databases in il-central-1" in row.says


def test_region_with_too_few_zones_is_told(account: Client, prod: Settings) -> None:
    row = says(instead(account, ec2=zones("ab")), prod, "Zones")

    assert row.mark == "failed"
    assert row.says.startswith("2 of 3 zones offer t4g.small and t4g.medium")


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


@pytest.mark.parametrize("given", ["foo", ARN.replace("acm", "iam"), f"{ARN} "])
def test_text_that_is_no_certificate_is_refused(account: Client, dev: Settings, given: str) -> None:
    row = says(account, dev, "Certificate", given)

    assert row.mark == "failed"
    assert row.says == f"{given} is not the ARN of a certificate of ACM: give one that is."


def test_certificate_that_acm_lacks_is_refused(account: Client, dev: Settings) -> None:
    def refuse(asked: Json) -> Json:
        raise Refused("ResourceNotFoundException")

    row = says(instead(account, acm=answering("acm", DescribeCertificate=refuse)), dev, "Certificate")

    assert row.mark == "failed"
    assert row.says == f"ACM does not know {ARN}: give the ARN of one in this account."


def test_unknown_region_is_refused_before_anything(dev: Settings) -> None:
    rows = check(lambda service: answering(service, "moon-1"), dev, None)

    assert [(row.subject, row.mark) for row in rows] == [("Region", "failed")]


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
