"""Whether what carries our tags is still there: AWS lists tags for a while after a resource is gone."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from cloudformation.account.leftover import Fate, Leftover

Client = Callable[[str], Any]
Answer = Mapping[str, Any]
STILL_THERE = (Fate.MUST_GO, "still there: run destroy again, or delete it by hand")
# A replacement keeps the old resource, outside of any stack, if it holds data: components/template.py.
REPLACED = (
    Fate.MUST_GO,
    "no stack's any more, and kept when it was replaced: save what is needed, then delete it by hand",
)
# Which client is asked for each kind of resource, and how; gone is what AWS refuses to find, or finds empty.
QUESTIONS: Mapping[str, tuple[str, str, str]] = {
    "airflow:environment": ("mwaa", "get_environment", "Name"),
    "athena:workgroup": ("athena", "get_work_group", "WorkGroup"),
    "cloudformation:stack": ("cloudformation", "describe_stacks", "StackName"),
    "cloudwatch:alarm": ("cloudwatch", "describe_alarms", "AlarmNames"),
    "ec2:elastic-ip": ("ec2", "describe_addresses", "AllocationIds"),
    "ec2:instance": ("ec2", "describe_instances", "InstanceIds"),
    "ec2:internet-gateway": ("ec2", "describe_internet_gateways", "InternetGatewayIds"),
    "ec2:natgateway": ("ec2", "describe_nat_gateways", "NatGatewayIds"),
    "ec2:network-interface": ("ec2", "describe_network_interfaces", "NetworkInterfaceIds"),
    "ec2:route-table": ("ec2", "describe_route_tables", "RouteTableIds"),
    "ec2:security-group": ("ec2", "describe_security_groups", "GroupIds"),
    "ec2:subnet": ("ec2", "describe_subnets", "SubnetIds"),
    "ec2:volume": ("ec2", "describe_volumes", "VolumeIds"),
    "ec2:vpc": ("ec2", "describe_vpcs", "VpcIds"),
    "ec2:vpc-endpoint": ("ec2", "describe_vpc_endpoints", "VpcEndpointIds"),
    "ec2:vpc-flow-log": ("ec2", "describe_flow_logs", "FlowLogIds"),
    "elasticbeanstalk:application": ("elasticbeanstalk", "describe_applications", "ApplicationNames"),
    "elasticbeanstalk:applicationversion": (
        "elasticbeanstalk",
        "describe_application_versions",
        "VersionLabels",
    ),
    "elasticbeanstalk:environment": ("elasticbeanstalk", "describe_environments", "EnvironmentNames"),
    "elasticloadbalancing:loadbalancer": ("elbv2", "describe_load_balancers", "LoadBalancerArns"),
    "glue:database": ("glue", "get_database", "Name"),
    "kms:key": ("kms", "describe_key", "KeyId"),
    "logs:log-group": ("logs", "list_tags_for_resource", "resourceArn"),
    "rds:cluster": ("docdb", "describe_db_clusters", "DBClusterIdentifier"),
    "rds:cluster-snapshot": ("docdb", "describe_db_cluster_snapshots", "DBClusterSnapshotIdentifier"),
    "rds:db": ("docdb", "describe_db_instances", "DBInstanceIdentifier"),
    "s3:": ("s3", "list_objects_v2", "Bucket"),
    "secretsmanager:secret": ("secretsmanager", "describe_secret", "SecretId"),
    "sns:": ("sns", "get_topic_attributes", "TopicArn"),
}
# Codes of Athena and CloudFormation for whatever is wrong with a request; their messages say more.
VAGUE = frozenset({"InvalidRequestException", "ValidationError"})
BY_ARN = frozenset({"LoadBalancerArns", "SecretId", "StackName", "TopicArn", "resourceArn"})
# What is on its way out is found for another hour, unless one asks for the rest; composite alarms are found
# only by those who ask for them.
BESIDES: Mapping[str, Mapping[str, Any]] = {
    "cloudwatch:alarm": {"AlarmTypes": ["CompositeAlarm", "MetricAlarm"]},
    "ec2:instance": {
        "Filters": [{"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]}]
    },
    "ec2:natgateway": {"Filters": [{"Name": "state", "Values": ["pending", "available"]}]},
    "elasticbeanstalk:environment": {"IncludeDeleted": False},
    "s3:": {"MaxKeys": 1},
}


def look_at(client: Client, arn: str) -> Leftover | None:
    """Return what is left under an ARN, None if it is gone.

    What cannot be asked, or may not be, counts as still there.
    """
    kind, name = _parse(arn)
    if kind not in QUESTIONS:
        return Leftover(arn, STILL_THERE[1])
    try:
        answer = _ask(client, kind, arn, name)
    except ClientError as error:
        if is_absent(error):
            return None
        code = error.response["Error"]["Code"]
        return Leftover(arn, f"perhaps still there, since it may not be looked at: {code}")
    if not any(value for key, value in answer.items() if key != "ResponseMetadata"):
        return None
    fate, why = VERDICTS[kind](answer) if kind in VERDICTS else STILL_THERE
    return Leftover(arn, why, fate)


def is_absent(error: ClientError) -> bool:
    """Return whether AWS says by this error that there is no such resource."""
    code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    if code in VAGUE:
        return re.search("not found|does not exist", message, re.IGNORECASE) is not None
    return code in {"404", "NoSuchBucket"} or "NotFound" in code


def _parse(arn: str) -> tuple[str, str]:
    """Return service and kind, and the name: ("rds:cluster", "todo"); buckets and topics have no kind."""
    service, resource = arn.split(":", 5)[2::3]
    kind, _, name = resource.replace("/", ":", 1).partition(":")
    return (f"{service}:{kind}", name.rpartition("/")[2]) if name else (f"{service}:", kind)


def _ask(client: Client, kind: str, arn: str, name: str) -> Answer:
    service, method, parameter = QUESTIONS[kind]
    value = arn if parameter in BY_ARN else name
    asked = {parameter: [value] if parameter.endswith("s") else value}
    answer: Answer = getattr(client(service), method)(**asked, **BESIDES.get(kind, {}))
    return answer


def _key(answer: Answer) -> tuple[Fate, str]:
    key = answer["KeyMetadata"]
    if key["KeyState"] == "PendingDeletion":
        return Fate.BY_ITSELF, f"a key that is deleted on {key['DeletionDate']:%Y-%m-%d}"
    return STILL_THERE


def _secret(answer: Answer) -> tuple[Fate, str]:
    if "DeletedDate" in answer:
        return Fate.BY_ITSELF, f"a secret that is deleted on {answer['DeletedDate']:%Y-%m-%d}"
    return REPLACED


def snapshot_verdict(snapshot: Mapping[str, Any]) -> tuple[Fate, str]:
    """Return what becomes of a snapshot: AWS drops its own, and keeps what was made when the cluster went."""
    cluster = snapshot["DBClusterIdentifier"]
    if snapshot["SnapshotType"] == "automated":
        return Fate.BY_ITSELF, f"an automatic backup, which goes with {cluster}"
    return Fate.KEPT, f"the last state of {cluster}, which can be restored; delete it when nobody needs it"


def _replaced(_: Answer) -> tuple[Fate, str]:
    return REPLACED


VERDICTS: Mapping[str, Callable[[Answer], tuple[Fate, str]]] = {
    "glue:database": _replaced,
    "kms:key": _key,
    "logs:log-group": _replaced,
    "rds:cluster-snapshot": lambda answer: snapshot_verdict(answer["DBClusterSnapshots"][0]),
    "s3:": _replaced,
    "secretsmanager:secret": _secret,
}
