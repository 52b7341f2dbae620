"""Chooses the parameters that are not outputs of a stack; later deployments keep the chosen values."""

from collections.abc import Sequence
from typing import Any

from cloudformation.errors import DeployError
from cloudformation.network.subnets import PUBLIC_SUBNETS
from cloudformation.settings import Settings

# The branches of Beanstalk's platform with the Python versions that pyproject.toml allows, newest first.
BRANCHES = tuple(f"Python {version} running on 64bit Amazon Linux 2023" for version in ("3.12", "3.11"))


def choose_zones(ec2: Any, settings: Settings, current: Sequence[str] = ()) -> list[str]:
    """Return the availability zones of the network.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-discovery.html

    The zones in `current` are kept, because a subnet cannot change its zone. Additional zones must offer
    every instance type of the API. Raises DeployError if there are too few zones.
    """
    needed = max(settings.private_subnets, PUBLIC_SUBNETS)
    if len(current) >= needed:
        return [*current]
    zones = [*current, *(zone for zone in _usable_zones(ec2, settings) if zone not in current)]
    if len(zones) < needed:
        types = " and ".join(settings.web_instance_types)
        raise DeployError(
            f"{len(zones)} of {needed} zones of this region offer {types}. Choose another region with "
            "AWS_DEFAULT_REGION, or other types in web_instance_types."
        )
    return zones[:needed]


def choose_platform(beanstalk: Any, environment: str, current: str = "", *, upgrade: bool = False) -> str:
    """Return the ARN of the platform in use, or of the newest platform.

    https://docs.aws.amazon.com/elasticbeanstalk/latest/api/API_ListPlatformVersions.html

    The newest platform is chosen if no platform is in use, or if `upgrade` is true. The environment is asked
    for its platform, because managed updates change the platform but not the parameter of the stack. Raises
    DeployError if the region offers none of BRANCHES.
    """
    found = beanstalk.describe_environments(EnvironmentNames=[environment], IncludeDeleted=False)
    running = str(found["Environments"][0]["PlatformArn"]) if found["Environments"] else current
    if running and not upgrade:
        return running
    for branch in BRANCHES:
        wanted = {
            "PlatformBranchName": branch,
            "PlatformStatus": "Ready",
            "PlatformOwner": "AWSElasticBeanstalk",
        }
        filters = [{"Type": name, "Operator": "=", "Values": [value]} for name, value in wanted.items()]
        pages = beanstalk.get_paginator("list_platform_versions").paginate(Filters=filters)
        versions = [each for page in pages for each in page["PlatformSummaryList"]]
        supported = [each for each in versions if each["PlatformBranchLifecycleState"].lower() == "supported"]
        if supported:
            newest = max(
                supported, key=lambda each: [int(part) for part in each["PlatformVersion"].split(".")]
            )
            return str(newest["PlatformArn"])
    raise DeployError(f"This region supports none of {', '.join(BRANCHES)}. Choose another region.")


def _usable_zones(ec2: Any, settings: Settings) -> list[str]:
    described = ec2.describe_availability_zones(
        Filters=[
            {"Name": "zone-type", "Values": ["availability-zone"]},
            {"Name": "state", "Values": ["available"]},
        ]
    )
    offered = ec2.get_paginator("describe_instance_type_offerings").paginate(
        LocationType="availability-zone",
        Filters=[{"Name": "instance-type", "Values": [*settings.web_instance_types]}],
    )
    pairs = {
        (each["Location"], each["InstanceType"]) for page in offered for each in page["InstanceTypeOfferings"]
    }
    zones = sorted(zone["ZoneName"] for zone in described["AvailabilityZones"])
    return [zone for zone in zones if all((zone, each) in pairs for each in settings.web_instance_types)]
