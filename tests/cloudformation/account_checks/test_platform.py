"""Which platform is chosen, among those that Elastic Beanstalk offers."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from cloudformation.account.platform import BRANCHES, find_platform
from cloudformation.errors import DeployError
from tests.cloudformation.account_checks.answers import Json, answering
from tools.data_folder import ROOT

NEW, OLD = datetime(2026, 9, 1, tzinfo=UTC), datetime(2025, 3, 25, tzinfo=UTC)
NEWEST, FORMER = BRANCHES


def offer(branch: str, version: str, state: str = "Supported", status: str = "Ready") -> Json:
    return {
        "PlatformArn": f"arn:aws:elasticbeanstalk:eu-central-1::platform/{branch}/{version}",
        "PlatformOwner": "AWSElasticBeanstalk",
        "PlatformStatus": status,
        "PlatformVersion": version,
        "PlatformBranchName": branch,
        "PlatformBranchLifecycleState": state,
    }


def beanstalk(offers: Sequence[Json], created: datetime = NEW) -> Any:
    """Elastic Beanstalk with these platforms, one on each page."""

    def matching(asked: Json) -> Json:
        wanted = {each["Type"]: each["Values"][0] for each in asked["Filters"]}
        found = [each for each in offers if wanted.items() <= each.items()]
        place = int(asked.get("NextToken", 0))
        following = {"NextToken": str(place + 1)} if place + 1 < len(found) else {}
        return {"PlatformSummaryList": found[place : place + 1], **following}

    def described(asked: Json) -> Json:
        return {"PlatformDescription": {"PlatformArn": asked["PlatformArn"], "DateCreated": created}}

    return answering("elasticbeanstalk", ListPlatformVersions=matching, DescribePlatformVersion=described)


@pytest.mark.parametrize(
    ("offers", "chosen"),
    [
        ([offer(NEWEST, "4.9.0"), offer(NEWEST, "4.10.0"), offer(NEWEST, "4.9.12")], offer(NEWEST, "4.10.0")),
        ([offer(FORMER, "4.12.0"), offer(NEWEST, "4.9.0")], offer(NEWEST, "4.9.0")),
        ([offer(FORMER, "4.9.0"), offer(NEWEST, "4.9.0", "Retired")], offer(FORMER, "4.9.0")),
        ([offer(FORMER, "4.9.0"), offer(NEWEST, "4.9.0", "Deprecated")], offer(FORMER, "4.9.0")),
        ([offer(NEWEST, "4.9.0", "Deprecated")], offer(NEWEST, "4.9.0")),
        ([offer(NEWEST, "4.9.0"), offer(NEWEST, "4.10.0", status="Creating")], offer(NEWEST, "4.9.0")),
    ],
    ids=["by number", "newer Python", "not retired", "not deprecated", "deprecated alone", "ready"],
)
def test_best_platform_is_taken(offers: list[Json], chosen: Json) -> None:
    assert find_platform(beanstalk(offers), None, upgrade=False) == chosen["PlatformArn"]


def test_deployed_platform_is_kept_unasked() -> None:
    deployed = offer(NEWEST, "4.1.0")["PlatformArn"]

    assert find_platform(beanstalk([offer(NEWEST, "4.9.0")]), deployed, upgrade=False) == deployed


def test_upgrade_leaves_the_deployed_platform() -> None:
    deployed, newer = offer(NEWEST, "4.1.0")["PlatformArn"], offer(NEWEST, "4.9.0")

    assert find_platform(beanstalk([newer]), deployed, upgrade=True) == newer["PlatformArn"]


def test_region_without_a_platform_is_told() -> None:
    offers = [
        offer("Python 3.13 running on 64bit Amazon Linux 2023", "4.9.0"),
        offer(NEWEST, "4.9.0", "Beta"),
    ]

    with pytest.raises(
        DeployError, match=f"none of these platforms here: {NEWEST}, {FORMER}. Deploy to another"
    ):
        find_platform(beanstalk(offers), None, upgrade=False)


def test_platform_that_knows_no_secrets_is_refused() -> None:
    with pytest.raises(DeployError, match="of 2025-03-25 and gives an application no secrets"):
        find_platform(beanstalk([offer(NEWEST, "4.4.0")], OLD), None, upgrade=False)


def test_branches_are_the_pythons_of_the_project() -> None:
    declared = re.search(r'requires-python = ">=3\.(\d+),<3\.(\d+)"', (ROOT / "pyproject.toml").read_text())
    assert declared
    pythons = [f"Python 3.{minor} " for minor in range(int(declared[1]), int(declared[2]))]

    assert [branch[: len("Python 3.11 ")] for branch in reversed(BRANCHES)] == pythons
