"""What a teardown leaves behind, in an account as moto serves it."""

from collections.abc import Callable
from typing import Any

import pytest

from cloudformation.account.sweep import Fate, leftovers
from cloudformation.settings import Settings
from cloudformation.stacks import stack_name
from tests.aws import REGION
from tests.cloudformation.account_checks.answers import Json, Refused, answering, instead
from tests.cloudformation.account_checks.services import fates, pairs

Client = Callable[[str], Any]
ACCOUNT = "123456789012"


def test_empty_account_has_nothing_left(client: Client, dev: Settings) -> None:
    assert leftovers(client, dev) == []


def test_what_carries_the_tags_must_go(client: Client, dev: Settings) -> None:
    bucket = make_bucket(client, dev, "todo-bronze")
    vpc = make_vpc(client, dev)

    assert fates(client, dev) == {bucket: Fate.MUST_GO, vpc: Fate.MUST_GO}


def test_bucket_is_there_without_tags_of_its_own(client: Client, dev: Settings) -> None:
    for name in ("empty", "full"):
        client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    client("s3").put_object(Bucket="full", Key="1", Body=b"1")
    arns = ["arn:aws:s3:::empty", "arn:aws:s3:::full"]

    assert list(fates(listing(client, *arns), dev)) == arns


def test_other_environments_are_left_alone(client: Client, dev: Settings, prod: Settings) -> None:
    make_vpc(client, prod)

    assert leftovers(client, dev) == []


def test_key_that_waits_for_its_end_goes_by_itself(client: Client, dev: Settings) -> None:
    tags = [{"TagKey": key, "TagValue": value} for key, value in dev.tags.items()]
    key = client("kms").create_key(Tags=tags)["KeyMetadata"]
    used = client("kms").create_key(Tags=tags)["KeyMetadata"]
    client("kms").schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)

    assert fates(client, dev) == {used["Arn"]: Fate.MUST_GO, key["Arn"]: Fate.BY_ITSELF}


def test_secret_that_waits_for_its_end_goes_by_itself(client: Client, dev: Settings) -> None:
    secrets = client("secretsmanager")
    gone = secrets.create_secret(Name="gone", SecretString="-", Tags=pairs(dev))["ARN"]
    used = secrets.create_secret(Name="used", SecretString="-", Tags=pairs(dev))["ARN"]
    secrets.delete_secret(SecretId=gone, RecoveryWindowInDays=7)

    assert fates(listing(client, gone, used), dev) == {used: Fate.MUST_GO, gone: Fate.BY_ITSELF}


def test_final_snapshot_is_kept_on_purpose(client: Client, prod: Settings) -> None:
    tagged, untagged = make_snapshots(client, stack_name(prod, "data"), pairs(prod), [])
    make_snapshots(client, "cluster-of-others", [])

    assert fates(client, prod) == {tagged: Fate.KEPT, untagged: Fate.KEPT}


def test_key_of_a_snapshot_is_kept_with_it(client: Client, prod: Settings) -> None:
    tags = [{"TagKey": key, "TagValue": value} for key, value in prod.tags.items()]
    key, other = (client("kms").create_key(Tags=tags)["KeyMetadata"]["Arn"] for _ in range(2))
    snapshot = {
        "DBClusterSnapshotArn": f"arn:aws:rds:{REGION}:{ACCOUNT}:cluster-snapshot:last",
        "DBClusterIdentifier": stack_name(prod, "data"),
        "SnapshotType": "manual",
        "KmsKeyId": key,
    }

    found = fates(instead(client, docdb=_docdb(lambda asked: {"DBClusterSnapshots": [snapshot]})), prod)

    assert found[key] is found[snapshot["DBClusterSnapshotArn"]] is Fate.KEPT
    assert found[other] is Fate.MUST_GO


def test_automatic_backup_goes_by_itself(client: Client, dev: Settings) -> None:
    arn = f"arn:aws:rds:{REGION}:{ACCOUNT}:cluster-snapshot:rds:todo-insights-dev-data-2026-11-21"
    backup = {"DBClusterIdentifier": "todo-insights-dev-data", "SnapshotType": "automated"}

    def described(asked: Json) -> Json:
        found = asked.get("DBClusterSnapshotIdentifier") == "rds:todo-insights-dev-data-2026-11-21"
        return {"DBClusterSnapshots": [backup] if found else []}

    assert fates(instead(listing(client, arn), docdb=_docdb(described)), dev) == {arn: Fate.BY_ITSELF}


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:s3:::todo-insights-gone",
        f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/vpc-0123456789abcdef0",
        f"arn:aws:ec2:{REGION}:{ACCOUNT}:security-group/sg-0123456789abcdef0",
        f"arn:aws:ec2:{REGION}:{ACCOUNT}:natgateway/nat-0123456789abcdef0",
        f"arn:aws:ec2:{REGION}:{ACCOUNT}:elastic-ip/eipalloc-0123456789abcdef0",
        f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/i-0123456789abcdef0",
        f"arn:aws:rds:{REGION}:{ACCOUNT}:cluster:todo-insights-dev-data",
        f"arn:aws:rds:{REGION}:{ACCOUNT}:db:todo-insights-dev-data-1",
        f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-0000-0000-000000000000",
        f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:gone-AbCdEf",
        f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:todo-insights-dev-network-FlowLog",
        f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/todo-insights-dev-lake/1",
        f"arn:aws:glue:{REGION}:{ACCOUNT}:database/todo_dev",
        f"arn:aws:athena:{REGION}:{ACCOUNT}:workgroup/todo-insights-dev-lake",
        f"arn:aws:sns:{REGION}:{ACCOUNT}:todo-insights-dev-foundation-AlertTopic",
        f"arn:aws:elasticbeanstalk:{REGION}:{ACCOUNT}:environment/app/todo-insights-dev-webapp",
    ],
)
def test_what_is_only_listed_is_gone(client: Client, dev: Settings, arn: str) -> None:
    assert leftovers(listing(client, arn), dev) == []


def test_deleted_gateway_is_gone(client: Client, dev: Settings) -> None:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.20.1.0/24")["Subnet"]["SubnetId"]
    gateway = ec2.create_nat_gateway(SubnetId=subnet, ConnectivityType="private")["NatGateway"][
        "NatGatewayId"
    ]
    arn = f"arn:aws:ec2:{REGION}:{ACCOUNT}:natgateway/{gateway}"
    assert fates(listing(client, arn), dev) == {arn: Fate.MUST_GO}

    ec2.delete_nat_gateway(NatGatewayId=gateway)

    assert leftovers(listing(client, arn), dev) == []


def test_what_cannot_be_asked_must_go(client: Client, dev: Settings) -> None:
    group = f"arn:aws:autoscaling:{REGION}:{ACCOUNT}:autoScalingGroup:1:autoScalingGroupName/web"

    assert fates(listing(client, group), dev) == {group: Fate.MUST_GO}


def test_topics_and_logs_are_looked_for(client: Client, dev: Settings) -> None:
    topic = client("sns").create_topic(Name="alerts")["TopicArn"]
    client("logs").create_log_group(logGroupName="flow/log", tags=dev.tags)
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:flow/log"

    assert fates(listing(client, topic, group), dev) == {group: Fate.MUST_GO, topic: Fate.MUST_GO}


def test_what_may_not_be_looked_at_must_go(client: Client, dev: Settings) -> None:
    arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"

    def refuse(asked: Json) -> Json:
        raise Refused("AccessDeniedException")

    kms = answering("kms", DescribeKey=refuse)
    left = leftovers(instead(listing(client, arn), kms=kms), dev)

    assert [(each.arn, each.fate) for each in left] == [(arn, Fate.MUST_GO)]
    assert "AccessDeniedException" in left[0].why


def test_every_page_of_tags_is_read(client: Client, dev: Settings) -> None:
    groups = [f"arn:aws:autoscaling:{REGION}:{ACCOUNT}:autoScalingGroup:{number}" for number in range(3)]

    assert list(fates(listing(client, *groups), dev)) == groups


def test_bucket_of_elastic_beanstalk_is_kept(client: Client, dev: Settings) -> None:
    name = f"elasticbeanstalk-{REGION}-{ACCOUNT}"
    client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})

    assert fates(client, dev) == {f"arn:aws:s3:::{name}": Fate.KEPT}


def make_bucket(client: Client, settings: Settings, name: str) -> str:
    client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    client("s3").put_bucket_tagging(Bucket=name, Tagging={"TagSet": pairs(settings)})
    return f"arn:aws:s3:::{name}"


def make_vpc(client: Client, settings: Settings) -> str:
    tags = [{"ResourceType": "vpc", "Tags": pairs(settings)}]
    vpc = client("ec2").create_vpc(CidrBlock=f"{settings.network}.0.0/16", TagSpecifications=tags)["Vpc"]
    return f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/{vpc['VpcId']}"


def make_snapshots(client: Client, cluster: str, *tags: list[Json]) -> list[str]:
    """Snapshots of a cluster that is gone, one with each of these tags."""
    docdb, user = client("docdb"), {"MasterUsername": "todo", "MasterUserPassword": "not-a-secret"}
    docdb.create_db_cluster(DBClusterIdentifier=cluster, Engine="aurora-postgresql", **user)
    arns = []
    for number, carried in enumerate(tags):
        name = {"DBClusterIdentifier": cluster, "DBClusterSnapshotIdentifier": f"{cluster}-{number}"}
        made = docdb.create_db_cluster_snapshot(**name, Tags=carried)
        arns.append(made["DBClusterSnapshot"]["DBClusterSnapshotArn"])
    docdb.delete_db_cluster(DBClusterIdentifier=cluster, SkipFinalSnapshot=True)
    return arns


def _docdb(snapshots: Callable[[Json], Json]) -> Any:
    """DocumentDB without clusters, but with snapshots."""
    clusters: Json = {"DBClusters": []}
    return answering("docdb", DescribeDBClusters=lambda _: clusters, DescribeDBClusterSnapshots=snapshots)


def listing(client: Client, *arns: str) -> Client:
    """The account, but with these resources under the tags, one on each page."""

    def listed(asked: Json) -> Json:
        place = int(asked.get("PaginationToken", 0))
        token = str(place + 1) if place + 1 < len(arns) else ""
        found = [{"ResourceARN": arn} for arn in arns[place : place + 1]]
        return {"ResourceTagMappingList": found, "PaginationToken": token}

    return instead(
        client, resourcegroupstaggingapi=answering("resourcegroupstaggingapi", GetResources=listed)
    )
