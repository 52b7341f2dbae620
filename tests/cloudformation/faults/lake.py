"""Faults in the lake and in permissions."""

from tests.cloudformation.faults.seeding import drop, faults, put, remove
from tests.cloudformation.rules import access as access_rules
from tests.cloudformation.rules import lake as lake_rules

_TABLE = ("GoldUserActivityTable", "TableInput")
_STORAGE = (*_TABLE, "StorageDescriptor")
_SERDE = (*_STORAGE, "SerdeInfo", "SerializationLibrary")
_LIMITS = ("Workgroup", "WorkGroupConfiguration")
_ADMINISTRATOR = {"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/AdministratorAccess"}

_LAKE = [
    *faults(
        "lake",
        lake_rules.foreign_columns,
        {
            "wrong column type": put("int", *_STORAGE, "Columns", 2, "Type"),
        },
    ),
    *faults(
        "lake",
        lake_rules.foreign_partitions,
        {
            "missing partition key": drop(*_TABLE, "PartitionKeys", 1),
        },
    ),
    *faults(
        "lake",
        lake_rules.unreadable_files,
        {
            "JSON instead of Parquet": put("org.openx.data.jsonserde.JsonSerDe", *_SERDE),
        },
    ),
    *faults(
        "lake",
        lake_rules.misplaced_tables,
        {
            "table in the location of another zone": put(
                {"Fn::Sub": "s3://${SilverBucket}/user_activity/"}, *_STORAGE, "Location"
            )
        },
    ),
    *faults("lake", lake_rules.missing_tables, {"missing table": remove("SilverRejectsTable")}),
    *faults(
        "lake",
        lake_rules.unlimited_workgroups,
        {
            "workgroup limits not enforced": put(False, *_LIMITS, "EnforceWorkGroupConfiguration"),
        },
    ),
    *faults(
        "lake", access_rules.wrong_key_settings, {"no rotation": put(False, "LakeKey", "EnableKeyRotation")}
    ),
    *faults(
        "lake",
        access_rules.unlogged_buckets,
        {"bucket without access logs": drop("GoldBucket", "LoggingConfiguration")},
    ),
    *faults(
        "lake",
        access_rules.buckets_without_cleanup,
        {
            "rule disabled": put("Disabled", "GoldBucket", "LifecycleConfiguration", "Rules", 0, "Status"),
        },
    ),
]

_ACCESS = [
    *faults(
        "webapp",
        access_rules.foreign_policies,
        {"administrator policy": put(_ADMINISTRATOR, "InstanceRole", "ManagedPolicyArns", 0)},
    ),
    *faults(
        "foundation",
        access_rules.public_statements,
        {"topic for everybody": put("*", "AlertTopicPolicy", "PolicyDocument", "Statement", 0, "Principal")},
    ),
    *faults(
        "foundation",
        access_rules.missing_own_keys,
        {
            "topic with AWS's key": put("alias/aws/sns", "AlertTopic", "KmsMasterKeyId"),
        },
    ),
]

FAULTS = [*_LAKE, *_ACCESS]
