"""Other services, as far as they speak of what CloudFormation has made here: what exists, and what is going.

Every answer comes from the account's own resources. What is not among them is asked of the client that a test
brought along for that service, so moto can hold what is somebody else's.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from tests.cloudformation.account import identity
from tests.cloudformation.account.errors import Refused
from tests.cloudformation.account.stack_calls import pairs
from tests.cloudformation.account.state import Resource
from tests.cloudformation.account.world import SNAPSHOT, World
from tests.cloudformation.rules import Json

Ask = Callable[[], Json]
"""Asks the client that was brought along the same; Refused if there is none."""
Call = Callable[[World, Json, Ask], Json]

# How EC2 is asked for things by id: the type, the list of ids, the rows, and the id in a row.
EC2: Mapping[str, tuple[str, str, str, str]] = {
    "describe_addresses": ("EIP", "AllocationIds", "Addresses", "AllocationId"),
    "describe_flow_logs": ("FlowLog", "FlowLogIds", "FlowLogs", "FlowLogId"),
    "describe_internet_gateways": (
        "InternetGateway",
        "InternetGatewayIds",
        "InternetGateways",
        "InternetGatewayId",
    ),
    "describe_nat_gateways": ("NatGateway", "NatGatewayIds", "NatGateways", "NatGatewayId"),
    "describe_route_tables": ("RouteTable", "RouteTableIds", "RouteTables", "RouteTableId"),
    "describe_security_groups": ("SecurityGroup", "GroupIds", "SecurityGroups", "GroupId"),
    "describe_subnets": ("Subnet", "SubnetIds", "Subnets", "SubnetId"),
    "describe_vpc_endpoints": ("VPCEndpoint", "VpcEndpointIds", "VpcEndpoints", "VpcEndpointId"),
    "describe_vpcs": ("VPC", "VpcIds", "Vpcs", "VpcId"),
}
# Properties that a service gives back under the same name.
EC2_SAYS = ("AvailabilityZone", "CidrBlock", "SubnetId", "VpcId")
BEANSTALK_SAYS = ("ApplicationName", "PlatformArn", "VersionLabel")


def _in_ec2(operation: str, world: World, asked: Json, ask: Ask) -> Json:
    kind, parameter, rows, name = EC2[operation]
    ours = {_ec2_id(each): each for each in _all(world, f"AWS::EC2::{kind}")}
    if parameter not in asked:
        theirs = _or_nothing(ask, rows)
        return {**theirs, rows: [*_ec2_rows(ours, name), *theirs[rows]]}
    wanted = {key: ours[key] for key in asked[parameter] if key in ours}
    return {rows: list(_ec2_rows(wanted, name))} if wanted else ask()


def _ec2_id(resource: Resource) -> str:
    if resource.kind == "AWS::EC2::EIP":
        return identity.attribute(resource, "AllocationId")
    return resource.physical


def _ec2_rows(resources: Mapping[str, Resource], name: str) -> Iterator[Json]:
    for key, resource in resources.items():
        yield {**_said(resource, EC2_SAYS), name: key, "Tags": pairs(resource.tags)}


def _describe_key(world: World, asked: Json, ask: Ask) -> Json:
    for key in [*_all(world, "AWS::KMS::Key"), *world.dying]:
        if asked["KeyId"] in (key.physical, identity.arn(key)):
            return {
                "KeyMetadata": {"KeyId": key.physical, "Arn": identity.arn(key), **_key_state(world, key)}
            }
    return ask()


def _key_state(world: World, key: Resource) -> Json:
    if key in world.dying:
        return {"KeyState": "PendingDeletion", "DeletionDate": world.dying[key]}
    return {"KeyState": "Enabled"}


def _schedule_key_deletion(world: World, asked: Json, ask: Ask) -> Json:
    for key in _all(world, "AWS::KMS::Key"):
        if asked["KeyId"] in (key.physical, identity.arn(key)):
            world.existing.remove(key)
            world.doom(key, asked["PendingWindowInDays"])
            return {"KeyId": identity.arn(key), **_key_state(world, key)}
    return ask()


def _describe_db_clusters(world: World, asked: Json, ask: Ask) -> Json:
    return _database(world, asked, ask, ("AWS::DocDB::DBCluster", "DBClusterIdentifier", "DBClusters"))


def _describe_db_instances(world: World, asked: Json, ask: Ask) -> Json:
    return _database(world, asked, ask, ("AWS::DocDB::DBInstance", "DBInstanceIdentifier", "DBInstances"))


def _describe_db_cluster_snapshots(world: World, asked: Json, ask: Ask) -> Json:
    return _database(world, asked, ask, (SNAPSHOT, "DBClusterSnapshotIdentifier", "DBClusterSnapshots"))


def _database(world: World, asked: Json, ask: Ask, what: tuple[str, str, str]) -> Json:
    kind, name, rows = what
    ours = [_database_row(each, name) for each in _all(world, kind)]
    if name not in asked:
        theirs = _or_nothing(ask, rows)
        return {**theirs, rows: [*ours, *theirs[rows]]}
    found = [row for row in ours if row[name] == asked[name]]
    return {rows: found} if found else ask()


def _database_row(resource: Resource, name: str) -> Json:
    row = {name: resource.physical, name.replace("Identifier", "Arn"): identity.arn(resource)}
    if resource.kind == SNAPSHOT:
        of = _said(resource, ("DBClusterIdentifier", "KmsKeyId"))
        return {**row, **of, "SnapshotType": "manual", "Status": "available"}
    if resource.kind == "AWS::DocDB::DBCluster":
        protected = {"DeletionProtection": False, **_said(resource, ("DeletionProtection",))}
        return {**row, **protected, **_said(resource, ("KmsKeyId",)), "Status": "available"}
    return {**row, **_said(resource, ("DBClusterIdentifier",))}


def _modify_db_cluster(world: World, asked: Json, ask: Ask) -> Json:
    for each in _all(world, "AWS::DocDB::DBCluster"):
        if each.physical == asked["DBClusterIdentifier"]:
            each.actual |= {key: asked[key] for key in ("DeletionProtection",) if key in asked}
            return {"DBCluster": _database_row(each, "DBClusterIdentifier")}
    return ask()


def _describe_log_groups(world: World, asked: Json, ask: Ask) -> Json:
    begins = asked.get("logGroupNamePrefix", "")
    groups = [each for each in _all(world, "AWS::Logs::LogGroup") if each.physical.startswith(begins)]
    rows = [{"logGroupName": each.physical, "arn": identity.arn(each)} for each in groups]
    theirs = _or_nothing(ask, "logGroups")
    return {**theirs, "logGroups": [*rows, *theirs["logGroups"]]}


def _describe_environments(world: World, asked: Json, ask: Ask) -> Json:
    names = asked.get("EnvironmentNames")
    ours = [
        {"EnvironmentName": each.physical, "Status": "Ready", **_said(each, BEANSTALK_SAYS)}
        for each in _all(world, "AWS::ElasticBeanstalk::Environment")
        if names is None or each.physical in names
    ]
    theirs = _or_nothing(ask, "Environments")
    return {**theirs, "Environments": [*ours, *theirs["Environments"]]}


def _said(resource: Resource, names: tuple[str, ...]) -> Json:
    actual = resource.properties | resource.actual
    return {name: actual[name] for name in names if name in actual}


def _describe_secret(world: World, asked: Json, ask: Ask) -> Json:
    for each in _all(world, "AWS::SecretsManager::Secret"):
        if asked["SecretId"] in (each.physical, each.properties.get("Name")):
            return {"ARN": each.physical, "Name": each.physical.split(":")[-1].rsplit("-", 1)[0]}
    return ask()


def _all(world: World, kind: str) -> Iterator[Resource]:
    return (each for each in world.existing if each.kind == kind)


def _or_nothing(ask: Ask, rows: str) -> Json:
    try:
        return ask()
    except Refused:
        return {rows: []}


# How other services are asked for one thing: its type, the argument that names it, and what is answered.
NAMED: Mapping[str, Mapping[str, tuple[str, str, Callable[[Resource], Json]]]] = {
    "athena": {
        "get_work_group": (
            "Athena::WorkGroup",
            "WorkGroup",
            lambda each: {"WorkGroup": {"Name": each.physical}},
        )
    },
    "glue": {"get_database": ("Glue::Database", "Name", lambda each: {"Database": {"Name": each.physical}})},
    "mwaa": {
        "get_environment": (
            "MWAA::Environment",
            "Name",
            lambda each: {"Environment": {"Name": each.physical}},
        )
    },
    "sns": {
        "get_topic_attributes": (
            "SNS::Topic",
            "TopicArn",
            lambda each: {"Attributes": {"TopicArn": each.physical}},
        )
    },
}


def _named(service: str, operation: str, world: World, asked: Json, ask: Ask) -> Json:
    kind, parameter, answer = NAMED[service][operation]
    for each in _all(world, f"AWS::{kind}"):
        if each.physical == asked[parameter]:
            return answer(each)
    return ask()


CALLS: Mapping[str, Mapping[str, Call]] = {
    **{
        service: {operation: partial(_named, service, operation) for operation in operations}
        for service, operations in NAMED.items()
    },
    "docdb": {
        "describe_db_clusters": _describe_db_clusters,
        "describe_db_instances": _describe_db_instances,
        "describe_db_cluster_snapshots": _describe_db_cluster_snapshots,
        "modify_db_cluster": _modify_db_cluster,
    },
    "ec2": {operation: partial(_in_ec2, operation) for operation in EC2},
    "elasticbeanstalk": {"describe_environments": _describe_environments},
    "kms": {"describe_key": _describe_key, "schedule_key_deletion": _schedule_key_deletion},
    "logs": {"describe_log_groups": _describe_log_groups},
    "secretsmanager": {"describe_secret": _describe_secret},
}
# What a service says of something that is not there.
ABSENT = {
    "docdb": {
        "describe_db_clusters": "DBClusterNotFoundFault",
        "modify_db_cluster": "DBClusterNotFoundFault",
        "describe_db_instances": "DBInstanceNotFound",
        "describe_db_cluster_snapshots": "DBClusterSnapshotNotFoundFault",
    },
    "ec2": {operation: f"Invalid{what[3]}.NotFound" for operation, what in EC2.items()},
    "kms": {"describe_key": "NotFoundException"},
    "glue": {"get_database": "EntityNotFoundException"},
    "mwaa": {"get_environment": "ResourceNotFoundException"},
    "secretsmanager": {"describe_secret": "ResourceNotFoundException"},
}
