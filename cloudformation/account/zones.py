"""The availability zones that a network lies in."""

from collections.abc import Sequence
from typing import Any

from cloudformation.errors import DeployError
from cloudformation.network.subnets import PUBLIC_SUBNETS
from cloudformation.settings import Settings

# A zone of a region, rather than one at its edge.
KIND = "availability-zone"


def choose_zones(ec2: Any, settings: Settings, kept: Sequence[str] = ()) -> list[str]:
    """Return the names of as many zones as a network needs: those in `kept`, since subnets do not move.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-discovery.html

    Others are taken, in the order of their names, from those that offer every type of instance the API may
    run on. Fn::GetAZs knows nothing of that, and leaves out zones without a default subnet. Raises
    DeployError if there are too few.
    """
    needed = max(settings.private_subnets, PUBLIC_SUBNETS)
    if len(kept) >= needed:
        return [*kept]
    found = [*kept, *(zone for zone in _usable(ec2, settings.web_instance_types) if zone not in kept)]
    if len(found) < needed:
        types = " and ".join(settings.web_instance_types)
        raise DeployError(
            f"{len(found)} of {needed} zones offer {types} here. Name another region with "
            "AWS_DEFAULT_REGION, or other types in web_instance_types."
        )
    return found[:needed]


def _usable(ec2: Any, types: Sequence[str]) -> list[str]:
    described = ec2.describe_availability_zones()["AvailabilityZones"]
    zones = {zone["ZoneName"] for zone in described if _is_open(zone)}
    asked = {"Name": "instance-type", "Values": [*types]}
    pages = ec2.get_paginator("describe_instance_type_offerings").paginate(LocationType=KIND, Filters=[asked])
    offered = {
        (each["Location"], each["InstanceType"]) for page in pages for each in page["InstanceTypeOfferings"]
    }
    return sorted(zone for zone in zones if all((zone, each) in offered for each in types))


def _is_open(zone: dict[str, Any]) -> bool:
    return (
        zone["State"] == "available"
        and zone["ZoneType"] == KIND
        and zone.get("OptInStatus") != "not-opted-in"
    )
