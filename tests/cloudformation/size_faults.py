"""Faults in what an environment must have, and in what a stack consists of."""

from tests.cloudformation import size_rules, type_rules
from tests.cloudformation.faults import Damage, faults, put, remove
from tests.cloudformation.rules import Json

_CLEAN_UP = ("LifecycleConfiguration", "Rules", 0)
_CUTOFF = ("Workgroup", "WorkGroupConfiguration", "BytesScannedCutoffPerQuery")


def add(resource: str, kind: str) -> Damage:
    """Add a resource of a type."""

    def damage(template: Json) -> None:
        template["Resources"][resource] = {"Type": kind, "Properties": {}}

    return damage


def option(name: str, value: str) -> Damage:
    """Set an option of Beanstalk."""

    def damage(template: Json) -> None:
        given = template["Resources"]["Environment"]["Properties"]["OptionSettings"]
        next(each for each in given if each.get("OptionName") == name)["Value"] = value

    return damage


FAULTS = [
    *faults(
        "foundation",
        size_rules.other_sizes,
        {
            "key of prod": put(30, "StoreKey", "PendingWindowInDays"),
            "logs of prod": put(365, "LogBucket", *_CLEAN_UP, "ExpirationInDays"),
            "versions of prod": put(
                30, "ArtefactBucket", *_CLEAN_UP, "NoncurrentVersionExpiration", "NoncurrentDays"
            ),
        },
    ),
    *faults(
        "data",
        size_rules.other_sizes,
        {
            "backups of prod": put(35, "Cluster", "BackupRetentionPeriod"),
            "class of prod": put("db.t4g.medium", "Instance1", "DBInstanceClass"),
            "retention of prod": put(365, "AuditLogGroup", "RetentionInDays"),
            "one subnet": put([{"Ref": "PrivateSubnet1Id"}], "SubnetGroup", "SubnetIds"),
        },
    ),
    *faults(
        "airflow",
        size_rules.other_sizes,
        {
            "class out of size": put("mw1.2xlarge", "Environment", "EnvironmentClass"),
            "workers out of size": put(25, "Environment", "MaxWorkers"),
            "schedulers out of size": put(5, "Environment", "Schedulers"),
            "webservers out of size": put(5, "Environment", "MaxWebservers"),
        },
    ),
    *faults("lake", size_rules.other_sizes, {"scans of prod": put(100 * 1024**3, *_CUTOFF)}),
    *faults(
        "monitoring",
        size_rules.other_sizes,
        {
            "growth of prod": put(10 * 1024**3, "DatabaseGrowth", "Threshold"),
            "budget of prod": put(900, "Budget", "Budget", "BudgetLimit", "Amount"),
        },
    ),
    *faults(
        "network", size_rules.other_sizes, {"addresses of prod": put("10.30.0.0/16", "Vpc", "CidrBlock")}
    ),
    *faults("network", size_rules.other_counts, {"subnet lost": remove("PrivateSubnet2")}),
    *faults(
        "network",
        size_rules.stray_subnets,
        {
            "subnet elsewhere": put("10.30.16.0/20", "PrivateSubnet1", "CidrBlock"),
            "subnet over another": put("10.20.32.0/20", "PrivateSubnet1", "CidrBlock"),
        },
    ),
    *faults(
        "webapp",
        size_rules.other_instances,
        {
            "instances of prod": option("MaxSize", "6"),
            "types of prod": option("InstanceTypes", "t4g.small,t4g.medium"),
            "an hour's wait": option("Timeout", "3600"),
            "logs for a year": option("RetentionInDays", "365"),
        },
    ),
    *faults(
        "network",
        type_rules.unplanned_types,
        {
            "network ACL": add("Acl", "AWS::EC2::NetworkAcl"),
            "names from elsewhere": add("Dhcp", "AWS::EC2::DHCPOptions"),
        },
    ),
    *faults(
        "foundation",
        type_rules.unplanned_types,
        {
            "password changed": add("Rotation", "AWS::SecretsManager::RotationSchedule"),
            "secret told": add("Reader", "AWS::SecretsManager::ResourcePolicy"),
        },
    ),
]
