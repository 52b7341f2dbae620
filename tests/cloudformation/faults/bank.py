"""All rules, and all faults that the rules must detect."""

from tests.cloudformation.faults import alarms as alarm_faults
from tests.cloudformation.faults import database as database_faults
from tests.cloudformation.faults import lake as lake_faults
from tests.cloudformation.faults import paths as path_faults
from tests.cloudformation.faults import policies as policy_faults
from tests.cloudformation.faults import services as service_faults
from tests.cloudformation.faults import state as state_faults
from tests.cloudformation.faults import watch as watch_faults
from tests.cloudformation.faults.seeding import drop, faults, forget, put, remove
from tests.cloudformation.rules import access as access_rules
from tests.cloudformation.rules import airflow as airflow_rules
from tests.cloudformation.rules import alarms as alarm_rules
from tests.cloudformation.rules import beanstalk as beanstalk_rules
from tests.cloudformation.rules import core as rules
from tests.cloudformation.rules import database as database_rules
from tests.cloudformation.rules import lake as lake_rules
from tests.cloudformation.rules import network as network_rules
from tests.cloudformation.rules import options as option_rules
from tests.cloudformation.rules import paths as path_rules
from tests.cloudformation.rules import state as state_rules
from tests.cloudformation.rules import watch as watch_rules
from tests.cloudformation.rules import windows as window_rules
from tests.cloudformation.rules import wiring as wiring_rules
from tests.cloudformation.rules.core import Rule

RULES: list[Rule] = [
    *rules.RULES,
    *access_rules.RULES,
    *lake_rules.RULES,
    *network_rules.RULES,
    *database_rules.RULES,
    *beanstalk_rules.RULES,
    *airflow_rules.RULES,
    *alarm_rules.RULES,
    *wiring_rules.RULES,
    *path_rules.RULES,
    *state_rules.RULES,
    *option_rules.RULES,
    *watch_rules.RULES,
    *window_rules.RULES,
]

_MOVES = ("LifecycleConfiguration", "Rules", 0, "Transitions")
_STATEMENT = ("PolicyDocument", "Statement", 0)
_ROLE = ("FlowLogRole", "Policies", 0, "PolicyDocument", "Statement")
_TRUST = ("AssumeRolePolicyDocument", "Statement", 0)
_PUBLIC = "PublicAccessBlockConfiguration"
_FIRST_ZONE = {"Fn::Select": [0, {"Fn::Split": [",", {"Ref": "Zones"}]}]}

_LAKE = [
    *faults(
        "lake",
        rules.tags_missing,
        {
            "missing tag": drop("Workgroup", "Tags", 0),
        },
    ),
    *faults(
        "lake",
        rules.fixed_names,
        {
            "literal bucket name": put("todo-gold", "GoldBucket", "BucketName"),
        },
    ),
    *faults(
        "lake",
        rules.plain_http_allowed,
        {
            "plain HTTP allowed": drop("SilverBucketPolicy", *_STATEMENT),
        },
    ),
    *faults(
        "lake",
        rules.open_buckets,
        {
            "public policies allowed": put(False, "ResultBucket", _PUBLIC, "BlockPublicPolicy"),
        },
    ),
    *faults(
        "lake",
        rules.wrong_transitions,
        {
            "lifecycle moves to a warmer class": put(
                "DEEP_ARCHIVE", "BronzeBucket", *_MOVES, 0, "StorageClass"
            ),
        },
    ),
    *faults(
        "lake",
        rules.action_wildcards,
        {"all actions on a key": put(["kms:*"], "BronzeKey", "KeyPolicy", "Statement", 0, "Action")},
    ),
]

_FOUNDATION = [
    *faults(
        "foundation",
        rules.unconditional_trust,
        {"topic for any account": drop("AlertTopicPolicy", *_STATEMENT, "Condition")},
    ),
    *faults(
        "foundation",
        rules.data_lost_on_replacement,
        {"secret deleted on replacement": forget("JwtSecret", "UpdateReplacePolicy")},
    ),
]

_NETWORK = [
    *faults(
        "network",
        rules.resource_wildcards,
        {"action on every resource": put(["logs:PutLogEvents"], *_ROLE, 1, "Action")},
    ),
    *faults("network", rules.unprotected_logs, {"log group without key": drop("FlowLogGroup", "KmsKeyId")}),
    *faults(
        "network",
        network_rules.open_ports,
        {
            "database open to the internet": put(
                "0.0.0.0/0", "DatabaseSecurityGroupFromWebSecurityGroup27017", "CidrIp"
            ),
        },
    ),
    *faults(
        "network",
        network_rules.subnets_without_default_route,
        {
            "missing NAT route": remove("PrivateSubnet2Route"),
        },
    ),
    *faults(
        "network",
        network_rules.shared_zones,
        {"both subnets in one zone": put(_FIRST_ZONE, "PrivateSubnet2", "AvailabilityZone")},
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
    *lake_faults.FAULTS,
    *service_faults.FAULTS,
    *alarm_faults.FAULTS,
    *policy_faults.FAULTS,
    *state_faults.FAULTS,
    *watch_faults.FAULTS,
    *path_faults.FAULTS,
]
