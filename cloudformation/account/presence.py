"""Whether what carries our tags is still there: AWS lists tags for a while after a resource is gone."""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from cloudformation.account.leftover import Fate, Leftover

Client = Callable[[str], Any]
Verdict = tuple[Fate, str] | None
STILL_THERE = (Fate.MUST_GO, "still there: run destroy again, or delete it by hand")
# How each kind of EC2 is asked for by its id. What is being deleted is no answer, hence the states.
EC2: Mapping[str, tuple[str, str, Mapping[str, Any]]] = {
    "elastic-ip": ("describe_addresses", "AllocationIds", {}),
    "instance": (
        "describe_instances",
        "InstanceIds",
        {
            "Filters": [
                {"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]}
            ]
        },
    ),
    "internet-gateway": ("describe_internet_gateways", "InternetGatewayIds", {}),
    "natgateway": (
        "describe_nat_gateways",
        "NatGatewayIds",
        {"Filters": [{"Name": "state", "Values": ["pending", "available"]}]},
    ),
    "network-interface": ("describe_network_interfaces", "NetworkInterfaceIds", {}),
    "route-table": ("describe_route_tables", "RouteTableIds", {}),
    "security-group": ("describe_security_groups", "GroupIds", {}),
    "subnet": ("describe_subnets", "SubnetIds", {}),
    "volume": ("describe_volumes", "VolumeIds", {}),
    "vpc": ("describe_vpcs", "VpcIds", {}),
    "vpc-endpoint": ("describe_vpc_endpoints", "VpcEndpointIds", {}),
    "vpc-flow-log": ("describe_flow_logs", "FlowLogIds", {}),
}


def look_at(client: Client, arn: str) -> Leftover | None:
    """Return what is left under an ARN, None if it is gone.

    What cannot be asked, or may not be, counts as still there.
    """
    service, resource = arn.split(":", 5)[2::3]
    try:
        verdict = ASK.get(service, _unknown)(client, arn, resource)
    except ClientError as error:
        if is_absent(error):
            return None
        code = error.response["Error"]["Code"]
        verdict = Fate.MUST_GO, f"perhaps still there, since it may not be looked at: {code}"
    return verdict and Leftover(arn, verdict[1], verdict[0])


def is_absent(error: ClientError) -> bool:
    """Return whether AWS says by this error that there is no such resource."""
    code = error.response["Error"]["Code"]
    return code == "404" or "NotFound" in code


def _unknown(client: Client, arn: str, resource: str) -> Verdict:
    return STILL_THERE


def _there_if(found: object) -> Verdict:
    return STILL_THERE if found else None


def _in_ec2(client: Client, arn: str, resource: str) -> Verdict:
    kind, _, name = resource.partition("/")
    if kind not in EC2:
        return STILL_THERE
    method, parameter, filters = EC2[kind]
    answer = getattr(client("ec2"), method)(**{parameter: [name]}, **filters)
    return _there_if(any(value for key, value in answer.items() if key != "ResponseMetadata"))


def _in_s3(client: Client, arn: str, resource: str) -> Verdict:
    client("s3").head_bucket(Bucket=resource)
    return STILL_THERE


def _in_docdb(client: Client, arn: str, resource: str) -> Verdict:
    kind, _, name = resource.partition(":")
    docdb = client("docdb")
    if kind == "cluster":
        return _there_if(docdb.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"])
    if kind == "db":
        return _there_if(docdb.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"])
    if kind == "cluster-snapshot":
        found = docdb.describe_db_cluster_snapshots(DBClusterSnapshotIdentifier=name)["DBClusterSnapshots"]
        return snapshot_verdict(found[0]) if found else None
    return STILL_THERE


def snapshot_verdict(snapshot: Mapping[str, Any]) -> tuple[Fate, str]:
    """Return what becomes of a snapshot: AWS drops its own, and keeps what was made when the cluster went."""
    cluster = snapshot["DBClusterIdentifier"]
    if snapshot["SnapshotType"] == "automated":
        return Fate.BY_ITSELF, f"an automatic backup, which goes with {cluster}"
    return Fate.KEPT, f"the last state of {cluster}, which can be restored; delete it when nobody needs it"


def _in_kms(client: Client, arn: str, resource: str) -> Verdict:
    key = client("kms").describe_key(KeyId=arn)["KeyMetadata"]
    if key["KeyState"] == "PendingDeletion":
        return Fate.BY_ITSELF, f"a key that is deleted on {key['DeletionDate']:%Y-%m-%d}"
    return STILL_THERE


def _in_secrets_manager(client: Client, arn: str, resource: str) -> Verdict:
    secret = client("secretsmanager").describe_secret(SecretId=arn)
    if "DeletedDate" in secret:
        return Fate.BY_ITSELF, f"a secret that is deleted on {secret['DeletedDate']:%Y-%m-%d}"
    return STILL_THERE


def _in_logs(client: Client, arn: str, resource: str) -> Verdict:
    name = resource.removeprefix("log-group:").removesuffix(":*")
    groups = client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return _there_if(any(group["logGroupName"] == name for group in groups))


def _in_beanstalk(client: Client, arn: str, resource: str) -> Verdict:
    kind, *names = resource.split("/")
    if kind != "environment":
        return STILL_THERE
    asked = {"EnvironmentNames": names[-1:], "IncludeDeleted": False}
    return _there_if(client("elasticbeanstalk").describe_environments(**asked)["Environments"])


ASK: Mapping[str, Callable[[Client, str, str], Verdict]] = {
    "ec2": _in_ec2,
    "elasticbeanstalk": _in_beanstalk,
    "kms": _in_kms,
    "logs": _in_logs,
    "rds": _in_docdb,
    "s3": _in_s3,
    "secretsmanager": _in_secrets_manager,
}
