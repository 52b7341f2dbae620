"""Faults in the lake and in permissions."""

from tests.cloudformation.faults.seeding import Fault, drop, put, remove
from tests.cloudformation.rules import access as access_rules
from tests.cloudformation.rules import lake as lake_rules

_TABLE = ("GoldUserActivityTable", "TableInput")
_STORAGE = (*_TABLE, "StorageDescriptor")
_SERDE = (*_STORAGE, "SerdeInfo", "SerializationLibrary")
_LIMITS = ("Workgroup", "WorkGroupConfiguration")
_FLOW_LOG = ("FlowLogRole", "Policies", 0, "PolicyDocument", "Statement", 0)

_LAKE = [
    Fault("lake", lake_rules.mismatched_columns, put("int", *_STORAGE, "Columns", 2, "Type")),
    Fault("lake", lake_rules.mismatched_partitions, drop(*_TABLE, "PartitionKeys", 1)),
    Fault("lake", lake_rules.unreadable_files, put("org.openx.data.jsonserde.JsonSerDe", *_SERDE)),
    Fault(
        "lake",
        lake_rules.misplaced_tables,
        put({"Fn::Sub": "s3://${SilverBucket}/user_activity/"}, *_STORAGE, "Location"),
    ),
    Fault("lake", lake_rules.missing_tables, remove("SilverRejectsTable")),
    Fault("lake", lake_rules.unlimited_workgroups, put(False, *_LIMITS, "EnforceWorkGroupConfiguration")),
    Fault("lake", access_rules.wrong_key_settings, put(False, "LakeKey", "EnableKeyRotation")),
    Fault("lake", access_rules.unlogged_buckets, drop("GoldBucket", "LoggingConfiguration")),
    Fault(
        "lake",
        access_rules.buckets_without_cleanup,
        put("Disabled", "GoldBucket", "LifecycleConfiguration", "Rules", 0, "Status"),
    ),
]

_ACCESS = [
    Fault("webapp", access_rules.wrong_managed_policies, put([], "ServiceRole", "ManagedPolicyArns")),
    Fault("network", access_rules.unwritten_logs, put(["logs:PutLogEvents"], *_FLOW_LOG, "Action")),
    Fault("lake", access_rules.outsiders_of_bronze, drop("RestoreRole", "Path")),
    Fault(
        "foundation",
        access_rules.public_statements,
        put("*", "AlertTopicPolicy", "PolicyDocument", "Statement", 0, "Principal"),
    ),
    Fault("foundation", access_rules.missing_own_keys, put("alias/aws/sns", "AlertTopic", "KmsMasterKeyId")),
]

FAULTS = [*_LAKE, *_ACCESS]
