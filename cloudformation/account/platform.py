"""The platform of Elastic Beanstalk that the API runs on."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from cloudformation.errors import DeployError

# The Pythons that pyproject.toml allows, the newest first.
BRANCHES = tuple(f"Python {version} running on 64bit Amazon Linux 2023" for version in ("3.12", "3.11"))
# Of what AWS says about a branch; beta and retired ones are not for us.
USABLE = ("supported", "deprecated")
# https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/AWSHowTo.secrets.env-vars.html
# Older versions know no secrets as environment variables, without which the API finds no database.
READS_SECRETS_SINCE = datetime(2025, 3, 26, tzinfo=UTC)

Platform = Mapping[str, Any]


def find_platform(elasticbeanstalk: Any, current: str | None, *, upgrade: bool) -> str:
    """Return the ARN of the platform to deploy on: `current`, if there is one, unless it is to be upgraded.

    https://docs.aws.amazon.com/elasticbeanstalk/latest/api/API_ListPlatformVersions.html

    Otherwise the newest version that AWS keeps up, for the newest Python that the API runs on. Raises
    DeployError if there is none, or none that hands secrets to the application.
    """
    if current and not upgrade:
        return current
    offered = [platform for branch in BRANCHES for platform in _versions(elasticbeanstalk, branch)]
    if not offered:
        raise DeployError(
            f"Elastic Beanstalk offers none of these platforms here: {', '.join(BRANCHES)}. "
            "Deploy to another region, or bring BRANCHES in cloudformation/account/platform.py up to date."
        )
    arn = str(max(offered, key=_rank)["PlatformArn"])
    _require_secrets(elasticbeanstalk, arn)
    return arn


def running_platform(elasticbeanstalk: Any, environment: str) -> str | None:
    """Return the ARN of the platform that an environment runs on, None if there is no such environment.

    Managed updates move it on by themselves, of which the stack's parameter hears nothing.
    """
    asked = {"EnvironmentNames": [environment], "IncludeDeleted": False}
    found = elasticbeanstalk.describe_environments(**asked)["Environments"]
    return str(found[0]["PlatformArn"]) if found else None


def _versions(elasticbeanstalk: Any, branch: str) -> Iterator[Platform]:
    wanted = {
        "PlatformBranchName": branch,
        "PlatformStatus": "Ready",
        "PlatformOwner": "AWSElasticBeanstalk",
    }
    filters = [{"Type": name, "Operator": "=", "Values": [value]} for name, value in wanted.items()]
    for page in elasticbeanstalk.get_paginator("list_platform_versions").paginate(Filters=filters):
        for platform in page["PlatformSummaryList"]:
            if platform["PlatformBranchLifecycleState"].lower() in USABLE:
                yield platform


def _rank(platform: Platform) -> tuple[int, int, list[int]]:
    """Return what is higher for the better platform; as numbers, since 4.10.0 comes after 4.9.0."""
    state = USABLE.index(platform["PlatformBranchLifecycleState"].lower())
    branch = BRANCHES.index(platform["PlatformBranchName"])
    return -state, -branch, [int(number) for number in platform["PlatformVersion"].split(".")]


def _require_secrets(elasticbeanstalk: Any, arn: str) -> None:
    created = elasticbeanstalk.describe_platform_version(PlatformArn=arn)["PlatformDescription"][
        "DateCreated"
    ]
    if created < READS_SECRETS_SINCE:
        raise DeployError(
            f"The newest platform here, {arn}, is of {created:%Y-%m-%d} and gives an application no secrets, "
            f"which platforms do since {READS_SECRETS_SINCE:%Y-%m-%d}. Deploy to another region."
        )
