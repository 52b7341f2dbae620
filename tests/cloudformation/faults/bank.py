"""All rules, and all faults that the rules must detect."""

from tests.cloudformation.faults import alarms as alarm_faults
from tests.cloudformation.faults import database as database_faults
from tests.cloudformation.faults import lake as lake_faults
from tests.cloudformation.faults import paths as path_faults
from tests.cloudformation.faults import policies as policy_faults
from tests.cloudformation.faults import services as service_faults
from tests.cloudformation.faults import state as state_faults
from tests.cloudformation.faults import watch as watch_faults
from tests.cloudformation.faults.seeding import Fault, drop, forget, put, remove
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
_PUBLIC = "PublicAccessBlockConfiguration"
_FIRST_ZONE = {"Fn::Select": [0, {"Fn::Split": [",", {"Ref": "Zones"}]}]}

_LAKE = [
    Fault("lake", rules.tags_missing, drop("Workgroup", "Tags", 0)),
    Fault("lake", rules.fixed_names, put("todo-gold", "GoldBucket", "BucketName")),
    Fault("lake", rules.plain_http_allowed, drop("SilverBucketPolicy", *_STATEMENT)),
    Fault("lake", rules.open_buckets, put(False, "ResultBucket", _PUBLIC, "BlockPublicPolicy")),
    Fault("lake", rules.wrong_transitions, put("DEEP_ARCHIVE", "BronzeBucket", *_MOVES, 0, "StorageClass")),
    Fault("lake", rules.action_wildcards, put(["kms:*"], "BronzeKey", "KeyPolicy", "Statement", 0, "Action")),
]

_FOUNDATION = [
    Fault("foundation", rules.unconditional_trust, drop("AlertTopicPolicy", *_STATEMENT, "Condition")),
    Fault("foundation", rules.data_lost_on_replacement, forget("JwtSecret", "UpdateReplacePolicy")),
]

_NETWORK = [
    Fault("network", rules.resource_wildcards, put(["logs:PutLogEvents"], *_ROLE, 1, "Action")),
    Fault("network", rules.unprotected_logs, drop("FlowLogGroup", "KmsKeyId")),
    Fault(
        "network",
        network_rules.open_ports,
        put("0.0.0.0/0", "DatabaseSecurityGroupFromWebSecurityGroup27017", "CidrIp"),
    ),
    Fault("network", network_rules.subnets_without_default_route, remove("PrivateSubnet2Route")),
    Fault("network", network_rules.shared_zones, put(_FIRST_ZONE, "PrivateSubnet2", "AvailabilityZone")),
    Fault("network", network_rules.unresolvable_names, put(False, "Vpc", "EnableDnsSupport")),
    Fault("network", network_rules.public_addresses, put(True, "PublicSubnet1", "MapPublicIpOnLaunch")),
    Fault(
        "network",
        network_rules.nat_in_private_subnets,
        put({"Ref": "PrivateSubnet1"}, "NatGateway1", "SubnetId"),
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
