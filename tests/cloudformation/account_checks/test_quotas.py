"""Whether an account has room, on quotas as a new account has them."""

from collections.abc import Callable
from typing import Any

import pytest

from cloudformation.account.preflight import check
from cloudformation.settings import Settings
from cloudformation.stacks import stack_name
from tests.aws import REGION
from tests.cloudformation.account_checks.answers import Json, Refused, answering, instead
from tests.cloudformation.account_checks.services import ARN, NOW, make_own_vpc, pairs, quotas, says

Client = Callable[[str], Any]


@pytest.mark.parametrize(
    ("code", "allowed", "subject", "told"),
    [
        ("L_F678F1CE", 1, "VPCs", "1 needed, 0 of 1 free"),
        ("L_0263D0A3", 0, "Elastic IPs", "1 needed, 0 of 0 free"),
        ("L_FE5A380F", 0, "NAT gateways in a zone", "1 needed, 0 of 0 free"),
        ("L_1216C47A", 3, "vCPUs of standard instances", "4 needed, 3 of 3 free"),
        ("L_7B6409FD", 0, "Database instances", "1 needed, 0 of 0 free"),
    ],
)
def test_account_without_room_is_told(
    account: Client, dev: Settings, code: str, allowed: int, subject: str, told: str
) -> None:
    row = says(instead(account, **{"service-quotas": quotas(**{code: allowed})}), dev, subject)

    assert row.mark == "failed"
    assert row.says.startswith(told)
    assert code.replace("_", "-") in row.says


def test_own_resources_do_not_count_against_quotas(account: Client, dev: Settings) -> None:
    make_own_vpc(account, dev)
    carried = [{"ResourceType": "elastic-ip", "Tags": pairs(dev)}]
    account("ec2").allocate_address(Domain="vpc", TagSpecifications=carried)
    make_own_database(account, dev)
    # Of VPCs also the one that each region begins with.
    full = instead(account, **{"service-quotas": quotas(L_F678F1CE=2, L_0263D0A3=1, L_7B6409FD=1)})

    rows = {row.subject: row.mark for row in check(full, dev, ARN, lambda: NOW)}

    assert [rows[subject] for subject in ("VPCs", "Elastic IPs", "Database instances")] == ["ok"] * 3


def test_instances_of_others_count_against_quotas(account: Client, dev: Settings) -> None:
    def instance(**kind: str) -> Json:
        return {"InstanceType": "m5.large", "CpuOptions": {"CoreCount": 1, "ThreadsPerCore": 2}, **kind}

    running = [instance(), instance(InstanceLifecycle="spot"), instance(InstanceType="p3.2xlarge")]
    ec2 = answering(
        "ec2",
        DescribeInstances=lambda asked: {"Reservations": [{"Instances": running}]},
        DescribeInstanceTypes=lambda asked: {
            "InstanceTypes": [{"VCpuInfo": {"DefaultVCpus": 2}} for _ in asked["InstanceTypes"]]
        },
    )

    assert says(instead(account, ec2=ec2), dev, "vCPUs of standard instances").says.startswith(
        "4 needed, 3 of 5 free"
    )


def test_fullest_zone_counts_for_gateways(account: Client, dev: Settings) -> None:
    ec2 = account("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
    ours = [{"ResourceType": "natgateway", "Tags": pairs(dev)}]
    for zone, number, tags in (("a", 1, []), ("a", 2, []), ("a", 3, ours), ("b", 4, [])):
        subnet = ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.99.{number}.0/24", AvailabilityZone=f"{REGION}{zone}"
        )["Subnet"]["SubnetId"]
        ec2.create_nat_gateway(SubnetId=subnet, ConnectivityType="private", TagSpecifications=tags)

    assert says(account, dev, "NAT gateways in a zone").says == "1 needed, 3 of 5 free"


def test_quota_that_cannot_be_read_is_a_hint(account: Client, dev: Settings) -> None:
    def refuse(asked: Json) -> Json:
        raise Refused("NoSuchResourceException")

    row = says(
        instead(account, **{"service-quotas": answering("service-quotas", GetServiceQuota=refuse)}),
        dev,
        "VPCs",
    )

    assert row.mark == "hint"
    assert "NoSuchResourceException" in row.says


def make_own_database(client: Client, settings: Settings) -> None:
    name = {"DBClusterIdentifier": stack_name(settings, "data"), "Engine": "aurora-postgresql"}
    client("docdb").create_db_cluster(**name, MasterUsername="todo", MasterUserPassword="not-a-secret")
    client("docdb").create_db_instance(
        **name, DBInstanceIdentifier="instance", DBInstanceClass=settings.database_class
    )
