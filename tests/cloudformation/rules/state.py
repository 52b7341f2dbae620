"""Rules for what outlives what: data, companions of a resource, and the order in which things come."""

from collections.abc import Mapping

from tests.cloudformation.rules.core import STATEFUL, Json, Rule, of_type
from tests.cloudformation.rules.wiring import environment_of
from tests.cloudformation.rules.writing import found

# By type: what has to stand beside it, or it is worth nothing.
COMPANIONS: Mapping[str, set[str]] = {
    "AWS::Athena::WorkGroup": {"AWS::Glue::Database"},
    "AWS::DocDB::DBCluster": {"AWS::DocDB::DBInstance", "AWS::SecretsManager::SecretTargetAttachment"},
    "AWS::EC2::VPC": {"AWS::EC2::FlowLog", "AWS::EC2::VPCEndpoint", "AWS::EC2::VPCGatewayAttachment"},
    "AWS::ElasticBeanstalk::Environment": {"AWS::EC2::SecurityGroupIngress"},
    "AWS::SNS::Topic": {"AWS::SNS::Subscription", "AWS::SNS::TopicPolicy"},
}
# A cluster leaves a snapshot where one is asked for; whatever else stayed would still be paid for.
DELETED = {"AWS::DocDB::DBCluster": ("Delete", "Snapshot")}
REPLACED = ("Delete", "Retain", "Snapshot")
# Current objects of these hold what cannot be made again.
KEPT = ("ArtefactBucket", "BronzeBucket", "SilverBucket", "GoldBucket")
# What has to be there first, though nothing refers to it: an address needs the way out that it is on.
WAITS = {"AWS::EC2::EIP": "InternetGatewayAttachment"}


def unkept_promises(template: Json) -> list[str]:
    """Name resources that stay when their stack goes, or do not say what becomes of their data."""
    return [
        name
        for name, resource in template["Resources"].items()
        if (
            name != "StoreKey"
            and resource.get("DeletionPolicy", "Delete") not in DELETED.get(resource["Type"], ("Delete",))
        )
        or resource.get("UpdateReplacePolicy", "Delete") not in REPLACED
        or (resource["Type"] in STATEFUL and "DeletionPolicy" not in resource)
    ]


def unreadable_snapshots(template: Json) -> list[str]:
    """Name keys that go although a snapshot of the database stays, or that stay without one."""
    due = "RetainExceptOnCreate" if environment_of(template) == "prod" else "Delete"
    key = template["Resources"].get("StoreKey")
    return ["StoreKey"] if key and key.get("DeletionPolicy") != due else []


def lone_resources(template: Json) -> list[str]:
    """Name types that a resource needs beside it and that the template lacks."""
    present = {each["Type"] for each in template["Resources"].values()}
    return sorted({each for kind in present for each in COMPANIONS.get(kind, set())} - present)


def expiring_data(template: Json) -> list[str]:
    """Name buckets of data that would be deleted by age, and reports that would not."""
    buckets = of_type(template, "AWS::S3::Bucket")
    expiring = {
        name
        for name, bucket in buckets.items()
        if [*found(bucket, "LifecycleConfiguration.Rules[?].ExpirationInDays")]
    }
    return sorted(expiring ^ {name for name in buckets if name not in KEPT})


def unprotected_prod(template: Json) -> list[str]:
    """Name clusters of prod that a mistake could delete, or that could not be turned back by a month."""
    return [
        name
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::DocDB::DBCluster"
        and environment_of(template) == "prod"
        and (
            resource["Properties"].get("DeletionProtection") is not True
            or resource["Properties"].get("BackupRetentionPeriod", 1) < 30
        )
    ]


def few_instances(template: Json) -> list[str]:
    """Name clusters that would not survive the loss of a zone, in an environment that has to."""
    instances = len(of_type(template, "AWS::DocDB::DBInstance"))
    enough = instances >= (3 if environment_of(template) == "prod" else 1)
    return [] if enough else [*of_type(template, "AWS::DocDB::DBCluster")]


def early_resources(template: Json) -> list[str]:
    """Name resources that do not wait for what they need and cannot refer to."""
    findings = []
    for name, resource in template["Resources"].items():
        waits = resource.get("DependsOn", [])
        named = {waits} if isinstance(waits, str) else {*waits}
        first = WAITS.get(resource["Type"], "")
        if "GatewayId" in resource.get("Properties", {}) and resource["Type"] == "AWS::EC2::Route":
            first = "InternetGatewayAttachment"
        if first and first not in named:
            findings.append(f"{name} does not wait for {first}")
    return findings


def foreign_tags(template: Json) -> list[str]:
    """Name resources whose tags are those of another project, environment or purse."""
    environment = environment_of(template)
    wanted = {
        "Project": "todo-insights",
        "Owner": "data-platform",
        "Environment": environment,
        "CostCenter": f"todo-insights-{environment}",
    }
    findings = []
    for name, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        tags = properties.get("Tags", properties.get("ResourceTags"))
        if tags is not None:
            given = {each["Key"]: each.get("Value") for each in tags} if isinstance(tags, list) else tags
            findings += [f"{name} {key}" for key, value in given.items() if wanted.get(key) != value]
    return findings


def unfit_capacity(template: Json) -> list[str]:
    """Name serverless clusters that cannot rest, that grow beyond what anybody pays for, or the wrong way.

    In DocumentDB Capacity Units of about 2 GiB: 0.5 to 256, in steps of a half.
    """
    findings = []
    for name, cluster in of_type(template, "AWS::DocDB::DBCluster").items():
        scaling = cluster.get("ServerlessV2ScalingConfiguration")
        if (
            scaling is not None
            and not 0.5 <= scaling.get("MinCapacity", 0) < scaling.get("MaxCapacity", 0) <= 16
        ):
            findings.append(name)
    return findings


RULES: list[Rule] = [
    unkept_promises,
    unreadable_snapshots,
    lone_resources,
    expiring_data,
    few_instances,
    unprotected_prod,
    early_resources,
    foreign_tags,
    unfit_capacity,
]
