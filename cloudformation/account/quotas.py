"""Whether the account has room for an environment: what AWS allows, less what others use of it."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cloudformation.account.finding import Finding, failed, hint, passed
from cloudformation.settings import Settings
from cloudformation.stacks import stack_name

Client = Callable[[str], Any]
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-on-demand-instances.html
STANDARD_FAMILIES = frozenset("acdhimrtz")
# A new version comes out on as many instances beside those that serve.
WHILE_DEPLOYING = 2


@dataclass(frozen=True)
class Quota:
    """One quota by its code, what an environment takes of it, and what others have taken."""

    subject: str
    service: str
    code: str
    needed: Callable[[Client, Settings], int]
    taken: Callable[[Client, Settings], int]


def check_quotas(client: Client, settings: Settings) -> list[Finding]:
    """Return a row for each quota that a deployment could run into.

    https://docs.aws.amazon.com/servicequotas/latest/userguide/intro.html

    What the environment itself uses already does not count against it. A quota that cannot be read is a
    hint: a deployment may well fit in, and says so itself if it does not.
    """
    return [_check(client, settings, quota) for quota in QUOTAS]


def _check(client: Client, settings: Settings, quota: Quota) -> Finding:
    try:
        allowed = int(_allowed(client("service-quotas"), quota))
        taken = quota.taken(client, settings)
        needed = quota.needed(client, settings)
    except (BotoCoreError, ClientError) as error:
        return hint(quota.subject, f"This could not be looked up, so see in Service Quotas: {error}")
    if taken + needed <= allowed:
        return passed(quota.subject, f"{needed} needed, {allowed - taken} of {allowed} free")
    return failed(
        quota.subject,
        f"{needed} needed, {max(allowed - taken, 0)} of {allowed} free: have quota {quota.code} of "
        f"{quota.service} raised in the console of Service Quotas, or delete what nobody uses.",
    )


def _allowed(quotas: Any, quota: Quota) -> float:
    asked = {"ServiceCode": quota.service, "QuotaCode": quota.code}
    return float(quotas.get_service_quota(**asked)["Quota"]["Value"])


def is_ours(resource: Mapping[str, Any], settings: Settings) -> bool:
    """Return whether a resource of EC2 belongs to this environment, by its tags."""
    tags = {tag["Key"]: tag["Value"] for tag in resource.get("Tags", [])}
    return (tags.get("Project"), tags.get("Environment")) == (settings.project, settings.environment)


def _vpcs(client: Client, settings: Settings) -> int:
    pages = client("ec2").get_paginator("describe_vpcs").paginate()
    return sum(not is_ours(vpc, settings) for page in pages for vpc in page["Vpcs"])


def _addresses(client: Client, settings: Settings) -> int:
    return sum(not is_ours(each, settings) for each in client("ec2").describe_addresses()["Addresses"])


def _gateways(client: Client, settings: Settings) -> int:
    """Return how many NAT gateways the fullest zone has; nobody knows yet which zones will be ours."""
    ec2 = client("ec2")
    subnets = [each for page in ec2.get_paginator("describe_subnets").paginate() for each in page["Subnets"]]
    zones = {subnet["SubnetId"]: subnet["AvailabilityZone"] for subnet in subnets}
    counting = [{"Name": "state", "Values": ["pending", "available", "deleting"]}]
    pages = ec2.get_paginator("describe_nat_gateways").paginate(Filters=counting)
    others = Counter(
        zones.get(gateway.get("SubnetId", ""))
        for page in pages
        for gateway in page["NatGateways"]
        if not is_ours(gateway, settings)
    )
    return max(others.values(), default=0)


def _instances(client: Client, settings: Settings) -> Iterator[Mapping[str, Any]]:
    """Give the running instances of others that count: standard families, neither spot nor scheduled."""
    running = [{"Name": "instance-state-name", "Values": ["pending", "running"]}]
    for page in client("ec2").get_paginator("describe_instances").paginate(Filters=running):
        for reservation in page["Reservations"]:
            for instance in reservation["Instances"]:
                standard = instance["InstanceType"][0] in STANDARD_FAMILIES
                if standard and "InstanceLifecycle" not in instance and not is_ours(instance, settings):
                    yield instance


def _taken_cpus(client: Client, settings: Settings) -> int:
    options = [instance["CpuOptions"] for instance in _instances(client, settings)]
    return sum(each["CoreCount"] * each["ThreadsPerCore"] for each in options)


def _needed_cpus(client: Client, settings: Settings) -> int:
    types: Sequence[str] = settings.web_instance_types
    described = client("ec2").describe_instance_types(InstanceTypes=list(types))["InstanceTypes"]
    largest = max(each["VCpuInfo"]["DefaultVCpus"] for each in described)
    return int(largest * settings.web_instances[0] * WHILE_DEPLOYING)


def _databases(client: Client, settings: Settings) -> int:
    """Return how many instances of DocumentDB, Neptune and RDS others have: the three share one quota."""
    ours = stack_name(settings, "data")
    pages = client("docdb").get_paginator("describe_db_instances").paginate()
    return sum(each.get("DBClusterIdentifier") != ours for page in pages for each in page["DBInstances"])


# The quota of MWAA has no code that its documentation gives, so it is not among them.
QUOTAS = (
    Quota("VPCs", "vpc", "L-F678F1CE", lambda client, settings: 1, _vpcs),
    Quota("Elastic IPs", "ec2", "L-0263D0A3", lambda client, settings: settings.nat_gateways, _addresses),
    Quota("NAT gateways in a zone", "vpc", "L-FE5A380F", lambda client, settings: 1, _gateways),
    Quota("vCPUs of standard instances", "ec2", "L-1216C47A", _needed_cpus, _taken_cpus),
    Quota(
        "Database instances",
        "rds",
        "L-7B6409FD",
        lambda client, settings: settings.database_instances,
        _databases,
    ),
)
