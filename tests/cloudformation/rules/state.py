"""Rules for the deletion of data, for resources that belong together, and for the order of creation."""

from collections.abc import Mapping

from tests.cloudformation.rules.core import STATEFUL, Json, Rule, of_type
from tests.cloudformation.rules.wiring import environment_of

# For each type, the types without which a resource of this type is useless.
COMPANIONS: Mapping[str, set[str]] = {
    "AWS::Athena::WorkGroup": {"AWS::Glue::Database"},
    "AWS::DocDB::DBCluster": {"AWS::DocDB::DBInstance", "AWS::SecretsManager::SecretTargetAttachment"},
    "AWS::EC2::VPC": {"AWS::EC2::FlowLog", "AWS::EC2::VPCEndpoint", "AWS::EC2::VPCGatewayAttachment"},
    "AWS::ElasticBeanstalk::Environment": {"AWS::EC2::SecurityGroupIngress"},
    "AWS::SNS::Topic": {"AWS::SNS::Subscription", "AWS::SNS::TopicPolicy"},
}
# The allowed deletion policies by type; the default is Delete, because a resource that remains after the
# deletion of its stack still costs money. A cluster may leave a final snapshot.
DELETED = {"AWS::DocDB::DBCluster": ("Delete", "Snapshot")}
REPLACED = ("Delete", "Retain", "Snapshot")
# In prod, a secret is kept when its stack is deleted, because CloudFormation would delete it without a
# recovery window. A secret with a fixed name is deleted all the same: the next deployment could not create a
# secret with the name of a kept secret.
RECOVERABLE = "AWS::SecretsManager::Secret"
# The current objects of these buckets cannot be created again from other data.
KEPT = ("ArtefactBucket", "BronzeBucket", "SilverBucket", "GoldBucket")
# Resources that must be created first, although no property refers to them: for example, a public IP address
# can be allocated only after the internet gateway is attached.
WAITS = {"AWS::EC2::EIP": "InternetGatewayAttachment"}


def wrong_deletion_policies(template: Json) -> list[str]:
    """List resources that remain when their stack is deleted, and data without a deletion policy."""
    return [
        name
        for name, resource in template["Resources"].items()
        if (
            name != "StoreKey"
            and resource["Type"] != RECOVERABLE
            and resource.get("DeletionPolicy", "Delete") not in DELETED.get(resource["Type"], ("Delete",))
        )
        or resource.get("UpdateReplacePolicy", "Delete") not in REPLACED
        or (resource["Type"] in STATEFUL and "DeletionPolicy" not in resource)
    ]


def unreadable_snapshots(template: Json) -> list[str]:
    """List keys that are deleted although a database snapshot remains, or that remain without a snapshot."""
    due = "RetainExceptOnCreate" if environment_of(template) == "prod" else "Delete"
    key = template["Resources"].get("StoreKey")
    return ["StoreKey"] if key and key.get("DeletionPolicy") != due else []


def unrecoverable_secrets(template: Json) -> list[str]:
    """List secrets that are deleted although they may be needed, and kept secrets that have a fixed name."""
    return [
        name
        for name, resource in template["Resources"].items()
        if resource["Type"] == RECOVERABLE
        and (resource.get("DeletionPolicy") == "RetainExceptOnCreate")
        != (environment_of(template) == "prod" and "Name" not in resource["Properties"])
    ]


def missing_companions(template: Json) -> list[str]:
    """List the resource types that a template lacks, although a resource in it is useless without them."""
    present = {each["Type"] for each in template["Resources"].values()}
    return sorted({each for kind in present for each in COMPANIONS.get(kind, set())} - present)


def expiring_data(template: Json) -> list[str]:
    """List data buckets whose current objects expire, and other buckets whose objects never expire."""
    buckets = of_type(template, "AWS::S3::Bucket")
    expiring = {
        name
        for name, bucket in buckets.items()
        if any("ExpirationInDays" in rule for rule in bucket["LifecycleConfiguration"]["Rules"])
    }
    return sorted(expiring ^ {name for name in buckets if name not in KEPT})


def unprotected_prod(template: Json) -> list[str]:
    """List clusters of prod without deletion protection, or with backups for less than 30 days."""
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


def too_few_instances(template: Json) -> list[str]:
    """List clusters with too few instances; prod needs three to survive the failure of a zone."""
    instances = len(of_type(template, "AWS::DocDB::DBInstance"))
    enough = instances >= (3 if environment_of(template) == "prod" else 1)
    return [] if enough else [*of_type(template, "AWS::DocDB::DBCluster")]


def missing_dependencies(template: Json) -> list[str]:
    """List resources without DependsOn for a resource that they need, but to which no property refers."""
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


def wrong_tags(template: Json) -> list[str]:
    """List resources with the tags of another project, owner, environment or cost center."""
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


def invalid_capacity(template: Json) -> list[str]:
    """List serverless clusters with an empty capacity range, or with a range outside of 0.5 to 16.

    The unit is the DocumentDB Capacity Unit, about 2 GiB of memory. AWS allows 0.5 to 256; we pay for up to
    16.
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
    wrong_deletion_policies,
    unreadable_snapshots,
    unrecoverable_secrets,
    missing_companions,
    expiring_data,
    too_few_instances,
    unprotected_prod,
    missing_dependencies,
    wrong_tags,
    invalid_capacity,
]
