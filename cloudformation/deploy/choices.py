"""Chooses values of parameters that no stack supplies as an output; later deployments keep these values."""

import os
from collections.abc import Sequence
from typing import Any

from cloudformation.deploy import stack
from cloudformation.errors import DeployError
from cloudformation.network.subnets import PUBLIC_SUBNETS
from cloudformation.settings import Settings

# The newest Python that pyproject.toml allows; with another branch, the next deployment changes the platform.
BRANCH = "Python 3.12 running on 64bit Amazon Linux 2023"


def choose_zones(ec2: Any, settings: Settings, current: Sequence[str] = ()) -> list[str]:
    """Return the availability zones of the network.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-discovery.html

    The zones in `current` are kept, because a subnet cannot change its zone. Additional zones must offer
    every instance type of the API. Raises DeployError if there are too few zones.
    """
    needed, types = max(settings.private_subnets, PUBLIC_SUBNETS), settings.web_instance_types
    if len(current) >= needed:
        return [*current]
    pages = ec2.get_paginator("describe_instance_type_offerings").paginate(
        LocationType="availability-zone", Filters=[{"Name": "instance-type", "Values": [*types]}]
    )
    offered = [*pages.search("InstanceTypeOfferings[].Location")]
    zones = [zone for zone in sorted({*offered}) if offered.count(zone) == len(types) and zone not in current]
    if len(current) + len(zones) < needed:
        raise DeployError(
            f"{len(zones)} of {needed} zones of this region offer {' and '.join(types)}. Choose another "
            "region with AWS_DEFAULT_REGION, or other types in web_instance_types."
        )
    return [*current, *zones][:needed]


def choose_platform(beanstalk: Any, environment: str) -> str:
    """Return the ARN of the platform in use if it belongs to BRANCH, else of the newest platform.

    https://docs.aws.amazon.com/elasticbeanstalk/latest/api/API_ListPlatformVersions.html

    The ARN is read from the running environment, because managed updates change the platform of the
    environment, but not the parameter of the stack. Raises DeployError if the region does not offer BRANCH.
    """
    found = beanstalk.describe_environments(EnvironmentNames=[environment], IncludeDeleted=False)
    for running in found["Environments"]:
        if BRANCH in running["PlatformArn"]:
            return str(running["PlatformArn"])
    wanted = {"PlatformBranchName": BRANCH, "PlatformStatus": "Ready", "PlatformOwner": "AWSElasticBeanstalk"}
    filters = [{"Type": name, "Operator": "=", "Values": [value]} for name, value in wanted.items()]
    pages = beanstalk.get_paginator("list_platform_versions").paginate(Filters=filters)
    versions = [*pages.search("PlatformSummaryList[]")]
    if not versions:
        raise DeployError(f"This region does not offer {BRANCH}. Choose another region.")
    newest = max(versions, key=lambda each: [int(part) for part in each["PlatformVersion"].split(".")])
    return str(newest["PlatformArn"])


def parameter_of(variable: str) -> str:
    """Return the parameter that an environment variable sets, such as AlertEmail for ALERT_EMAIL."""
    return variable.title().replace("_", "")


def operator_value(cfn: Any, name: str, variable: str) -> str:
    """Return the environment variable if it is set, else the deployed value of its parameter, else ''."""
    given = os.environ.get(variable)
    return stack.values(cfn, name, "Parameter").get(parameter_of(variable), "") if given is None else given
