"""Faults in what is stored, and in what a resource lacks beside it."""

from tests.cloudformation import design_rules, lake_rules, state_rules
from tests.cloudformation.faults import Damage, drop, faults, forget, put, remove
from tests.cloudformation.rules import Json

_CLUSTER_KEY = {"Ref": "SignalKeyArn"}
_LIFECYCLE = ("LifecycleConfiguration", "Rules")
_DEFAULT = ("BucketEncryption", "ServerSideEncryptionConfiguration", 0, "ServerSideEncryptionByDefault")


def attribute(resource: str, name: str, value: object) -> Damage:
    """Set what a resource has beside its properties."""

    def damage(template: Json) -> None:
        template["Resources"][resource][name] = value

    return damage


def prod_like_dev(template: Json) -> None:
    """Call an unprotected cluster that of prod."""
    template["Description"] = "Todo insights, prod: the database"


_DESIGN = [
    *faults(
        "lake",
        design_rules.off_design,
        {
            "keys exchanged": put(
                {"Fn::GetAtt": ["LakeKey", "Arn"]}, "BronzeBucket", *_DEFAULT, "KMSMasterKeyID"
            ),
            "algorithm misspelt": put("aws:kms:dsse", "GoldBucket", *_DEFAULT, "SSEAlgorithm"),
            "a call for each object": put(
                False,
                "GoldBucket",
                "BucketEncryption",
                "ServerSideEncryptionConfiguration",
                0,
                "BucketKeyEnabled",
            ),
            "uploads kept for a year": put(
                365, "GoldBucket", *_LIFECYCLE, 0, "AbortIncompleteMultipartUpload", "DaysAfterInitiation"
            ),
            "logs to nowhere": put("logs", "GoldBucket", "LoggingConfiguration", "DestinationBucketName"),
            "policy of another bucket": put("SilverBucket", "GoldBucketPolicy", "Bucket"),
            "key gone in a day": put(1, "BronzeKey", "PendingWindowInDays"),
            "results in another bucket": put(
                {"Fn::Sub": "s3://${GoldBucket}/"},
                *("Workgroup", "WorkGroupConfiguration", "ResultConfiguration", "OutputLocation"),
            ),
            "cutoff of a hundred dollars": put(
                2 * 10**13, "Workgroup", "WorkGroupConfiguration", "BytesScannedCutoffPerQuery"
            ),
            "view in another database": put("default", "BacklogAgeingView", "Database"),
            "table no longer external": drop("SilverRejectsTable", "TableInput", "Parameters", "EXTERNAL"),
        },
    ),
    *faults(
        "data",
        design_rules.off_design,
        {
            "cluster under another key": put(_CLUSTER_KEY, "Cluster", "KmsKeyId"),
            "cluster in another group": put([{"Ref": "PrivateSubnet1Id"}], "Cluster", "VpcSecurityGroupIds"),
            "password of the user": put(
                {"Fn::Sub": "{{resolve:secretsmanager:${DatabaseSecretArn}:SecretString:username}}"},
                *("Cluster", "MasterUserPassword"),
            ),
            "port of MySQL": put(3306, "Cluster", "Port"),
            "backup at noon": put("12:00-13:00", "Cluster", "PreferredBackupWindow"),
            "threshold in microseconds": put(
                "10000", "ParameterGroup", "Parameters", "profiler_threshold_ms"
            ),
            "old certificate": put("rds-ca-2019", "Instance1", "CACertificateIdentifier"),
            "class misspelt": put("db.t4g.meduim", "Instance1", "DBInstanceClass"),
            "secret of somebody else": put({"Ref": "StoreKeyArn"}, "SecretAttachment", "SecretId"),
            "public subnets": put([{"Ref": "PublicSubnet1Id"}], "SubnetGroup", "SubnetIds"),
            "retention that does not exist": put(31, "AuditLogGroup", "RetentionInDays"),
        },
    ),
    *faults(
        "network",
        design_rules.off_design,
        {
            "flow log without a role": drop("FlowLog", "DeliverLogsPermissionArn"),
            "flow log of what passed": put("ACCEPT", "FlowLog", "TrafficType"),
            "endpoint of another region": put("com.amazonaws.eu-west-1.s3", "S3Endpoint", "ServiceName"),
            "public route through NAT": put({"Ref": "NatGateway1"}, "PublicRoute", "GatewayId"),
            "let in from nowhere": drop(
                "WebSecurityGroupFromLoadBalancerSecurityGroup80", "SourceSecurityGroupId"
            ),
            "route to a network": put("10.0.0.0/8", "PrivateSubnet1Route", "DestinationCidrBlock"),
        },
    ),
    *faults(
        "foundation",
        design_rules.off_design,
        {
            "secret under the other key": put({"Ref": "SignalKey"}, "JwtSecret", "KmsKeyId"),
            "short secret": put(8, "JwtSecret", "GenerateSecretString", "PasswordLength"),
            "punctuation": put(False, "DatabaseSecret", "GenerateSecretString", "ExcludePunctuation"),
            "text message": put("sms", "AlertSubscription", "Protocol"),
            "log bucket under our key": put("aws:kms", "LogBucket", *_DEFAULT, "SSEAlgorithm"),
        },
    ),
    *faults(
        "webapp",
        design_rules.off_design,
        {
            "always in the clear": put(80, "Clients", "FromPort"),
            "clients shut out": put("10.0.0.0/8", "Clients", "CidrIp"),
            "worker tier": put("Worker", "Environment", "Tier", "Name"),
            "bundle always the same": put("webapp.zip", "Version", "SourceBundle", "S3Key"),
        },
    ),
    *faults(
        "lake",
        design_rules.unplanned_properties,
        {
            "readable for all": put("PublicRead", "GoldBucket", "AccessControl"),
            "a part of the bucket": put("tmp/", "GoldBucket", *_LIFECYCLE, 0, "Prefix"),
            "whoever asks pays": put(True, "Workgroup", "WorkGroupConfiguration", "RequesterPaysEnabled"),
            "first line skipped": put(
                "1", "SilverRejectsTable", "TableInput", "Parameters", "skip.header.line.count"
            ),
        },
    ),
    *faults(
        "monitoring",
        design_rules.unplanned_properties,
        {
            "actions off": put(False, "ApiErrors", "ActionsEnabled"),
            "unit that nobody sends": put("Milliseconds", "ApiLatency", "Metrics", 0, "MetricStat", "Unit"),
        },
    ),
    *faults(
        "foundation",
        design_rules.unplanned_sections,
        {
            "check suppressed": attribute(
                "ArtefactBucket", "Metadata", {"checkov": {"skip": ["CKV_AWS_18"]}}
            ),
            "signal awaited": attribute("AlertTopic", "CreationPolicy", {}),
        },
    ),
    *faults(
        "webapp",
        design_rules.unplanned_properties,
        {"half a day of a role": put(43200, "ServiceRole", "MaxSessionDuration")},
    ),
    *faults("lake", lake_rules.foreign_views, {"view lost": remove("BacklogAgeingView")}),
]

_STATE = [
    *faults("webapp", state_rules.lone_resources, {"clients not let in": remove("Clients")}),
    *faults(
        "lake",
        state_rules.unkept_promises,
        {
            "bucket that stays": attribute("GoldBucket", "DeletionPolicy", "Retain"),
            "nothing said": forget("GoldBucket", "DeletionPolicy"),
        },
    ),
    *faults(
        "foundation",
        state_rules.unreadable_snapshots,
        {"key that stays without a snapshot": attribute("StoreKey", "DeletionPolicy", "Retain")},
    ),
    *faults("data", state_rules.lone_resources, {"secret not attached": remove("SecretAttachment")}),
    *faults("network", state_rules.lone_resources, {"flow log lost": remove("FlowLog")}),
    *faults(
        "lake",
        state_rules.expiring_data,
        {"data deleted by age": put(90, "GoldBucket", *_LIFECYCLE, 0, "ExpirationInDays")},
    ),
    *faults("lake", state_rules.warm_data, {"Bronze never cools": drop("BronzeBucket", *_LIFECYCLE, 0)}),
    *faults("data", state_rules.unprotected_prod, {"prod like dev": prod_like_dev}),
    *faults("data", state_rules.few_instances, {"no instance": remove("Instance1")}),
    *faults(
        "lake",
        state_rules.mixed_access_logs,
        {"logs mixed": put("gold/", "SilverBucket", "LoggingConfiguration", "LogFilePrefix")},
    ),
    *faults(
        "network", state_rules.early_resources, {"address too early": forget("NatAddress1", "DependsOn")}
    ),
    *faults(
        "lake",
        state_rules.foreign_tags,
        {
            "tag of prod": put("prod", "LakeKey", "Tags", 1, "Value"),
            "tag misspelt": put("data", "LakeKey", "Tags", 2, "Value"),
        },
    ),
    *faults(
        "data",
        state_rules.unfit_capacity,
        {"never rests": put(8, "Cluster", "ServerlessV2ScalingConfiguration", "MinCapacity")},
    ),
    *faults("airflow", state_rules.upside_down, {"more than most": put(9, "Environment", "MinWorkers")}),
]

FAULTS = [*_DESIGN, *_STATE]
