"""Every rule, and the faults that show that it works."""

from tests.cloudformation import (
    access_rules,
    airflow_rules,
    alarm_faults,
    alarm_rules,
    beanstalk_rules,
    count_rules,
    database_faults,
    database_rules,
    design_faults,
    design_rules,
    grant_rules,
    lake_faults,
    lake_rules,
    meaning_faults,
    meaning_rules,
    network_rules,
    option_rules,
    path_faults,
    path_rules,
    policy_faults,
    rules,
    secret_faults,
    secret_rules,
    service_faults,
    shape_faults,
    shape_rules,
    size_faults,
    size_rules,
    state_rules,
    type_rules,
    watch_faults,
    watch_rules,
    window_rules,
    wiring_rules,
)
from tests.cloudformation.faults import drop, faults, forget, put, remove
from tests.cloudformation.rules import Rule

RULES: list[Rule] = [
    *rules.RULES,
    *shape_rules.RULES,
    *access_rules.RULES,
    *lake_rules.RULES,
    *network_rules.RULES,
    *database_rules.RULES,
    *beanstalk_rules.RULES,
    *airflow_rules.RULES,
    *alarm_rules.RULES,
    *design_rules.RULES,
    *grant_rules.RULES,
    *wiring_rules.RULES,
    *path_rules.RULES,
    *state_rules.RULES,
    *secret_rules.RULES,
    *option_rules.RULES,
    *watch_rules.RULES,
    *count_rules.RULES,
    *window_rules.RULES,
    *type_rules.RULES,
    *size_rules.RULES,
    *meaning_rules.RULES,
]

_MOVES = ("LifecycleConfiguration", "Rules", 0, "Transitions")
_STATEMENT = ("PolicyDocument", "Statement", 0)
_TLS_ONLY = (*_STATEMENT, "Condition", "Bool", "aws:SecureTransport")
_ROLE = ("FlowLogRole", "Policies", 0, "PolicyDocument", "Statement")
_TRUST = ("AssumeRolePolicyDocument", "Statement", 0)
_PUBLIC = "PublicAccessBlockConfiguration"
_FIRST_ZONE = {"Fn::Select": [0, {"Fn::Split": [",", {"Ref": "Zones"}]}]}

_LAKE = [
    *faults(
        "lake",
        rules.tags_missing,
        {
            "a tag lost": drop("Workgroup", "Tags", 0),
            "a tag emptied": put("", "LakeKey", "Tags", 0, "Value"),
            "all tags lost": drop("BronzeBucket", "Tags"),
        },
    ),
    *faults(
        "lake",
        rules.fixed_names,
        {
            "bucket named": put("todo-gold", "GoldBucket", "BucketName"),
            "workgroup named": put("todo", "Workgroup", "Name"),
            "database named": put("todo", "Database", "DatabaseInput", "Name"),
        },
    ),
    *faults(
        "lake",
        rules.plain_http_allowed,
        {
            "plain HTTP let in": drop("SilverBucketPolicy", *_STATEMENT),
            "plain HTTP let in to the bucket": drop("GoldBucketPolicy", *_STATEMENT, "Resource", 0),
            "HTTPS refused instead": put("true", "GoldBucketPolicy", *_TLS_ONLY),
        },
    ),
    *faults(
        "lake",
        rules.open_buckets,
        {
            "public policies allowed": put(False, "ResultBucket", _PUBLIC, "BlockPublicPolicy"),
            "versions no longer kept": put("Suspended", "GoldBucket", "VersioningConfiguration", "Status"),
            "encryption lost": drop("BronzeBucket", "BucketEncryption"),
        },
    ),
    *faults(
        "lake",
        rules.wrong_transitions,
        {
            "lifecycle out of order": put("GLACIER_IR", "BronzeBucket", *_MOVES, 0, "StorageClass"),
            "moved too early": put(7, "BronzeBucket", *_MOVES, 0, "TransitionInDays"),
            "moved on too early": put(120, "BronzeBucket", *_MOVES, 2, "TransitionInDays"),
        },
    ),
    *faults(
        "lake",
        rules.action_wildcards,
        {"all of a key": put(["kms:*"], "BronzeKey", "KeyPolicy", "Statement", 0, "Action")},
    ),
]

_FOUNDATION = [
    *faults("foundation", rules.tags_missing, {"topic untagged": drop("AlertTopic", "Tags")}),
    *faults("foundation", rules.fixed_names, {"topic named": put("alerts", "AlertTopic", "TopicName")}),
    *faults("foundation", rules.plain_http_allowed, {"a bucket policy lost": remove("LogBucketPolicy")}),
    *faults(
        "foundation",
        rules.unconditional_trust,
        {"topic for any account": drop("AlertTopicPolicy", *_STATEMENT, "Condition")},
    ),
    *faults("foundation", rules.lost_state, {"secret destroyed": forget("JwtSecret", "UpdateReplacePolicy")}),
]

_NETWORK = [
    *faults("network", rules.fixed_names, {"role named": put("flow", "FlowLogRole", "RoleName")}),
    *faults("network", rules.action_wildcards, {"all of a role": put(["logs:Put*"], *_ROLE, 0, "Action")}),
    *faults(
        "network",
        rules.resource_wildcards,
        {"everything of a role": put(["logs:PutLogEvents"], *_ROLE, 1, "Action")},
    ),
    *faults(
        "network",
        rules.unconditional_trust,
        {
            "role for any account": drop(
                "FlowLogRole", "AssumeRolePolicyDocument", "Statement", 0, "Condition"
            )
        },
    ),
    *faults("network", rules.open_logs, {"logs in the clear": drop("FlowLogGroup", "KmsKeyId")}),
    *faults(
        "network",
        network_rules.open_ports,
        {
            "database open": put("0.0.0.0/0", "DatabaseSecurityGroupFromWebSecurityGroup27017", "CidrIp"),
            "network let in": put("10.0.0.0/8", "WebSecurityGroupFromLoadBalancerSecurityGroup80", "CidrIp"),
        },
    ),
    *faults("webapp", network_rules.open_ports, {"all ports": put(0, "Clients", "FromPort")}),
    *faults(
        "network",
        network_rules.unlimited_groups,
        {"egress forgotten": drop("DatabaseSecurityGroup", "SecurityGroupEgress")},
    ),
    *faults(
        "network",
        network_rules.subnets_without_a_way_out,
        {
            "NAT route lost": remove("PrivateSubnet2Route"),
            "association lost": remove("PublicSubnet1Association"),
            "private subnet on the public table": put(
                {"Ref": "PublicRouteTable"}, "PrivateSubnet1Association", "RouteTableId"
            ),
        },
    ),
    *faults(
        "network",
        network_rules.shared_zones,
        {"both in one zone": put(_FIRST_ZONE, "PrivateSubnet2", "AvailabilityZone")},
    ),
    *faults(
        "network",
        network_rules.public_addresses,
        {"public addresses": put(True, "PublicSubnet1", "MapPublicIpOnLaunch")},
    ),
    *faults(
        "network",
        network_rules.nat_in_private_subnets,
        {"NAT without internet": put({"Ref": "PrivateSubnet1"}, "NatGateway1", "SubnetId")},
    ),
]

FAULTS = [
    *_LAKE,
    *_FOUNDATION,
    *_NETWORK,
    *database_faults.FAULTS,
    *secret_faults.FAULTS,
    *size_faults.FAULTS,
    *meaning_faults.FAULTS,
    *lake_faults.FAULTS,
    *service_faults.FAULTS,
    *alarm_faults.FAULTS,
    *shape_faults.FAULTS,
    *design_faults.FAULTS,
    *policy_faults.FAULTS,
    *watch_faults.FAULTS,
    *path_faults.FAULTS,
]
