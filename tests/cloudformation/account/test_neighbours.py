"""Other services know what CloudFormation made, and leave the rest to the clients brought along."""

import pytest
from botocore.exceptions import ClientError

from tests.cloudformation.account.errors import Refused
from tests.cloudformation.account.fake import FakeAccount
from tests.cloudformation.account.operator import STACK, Operator, group, of
from tests.cloudformation.account.wire import connect
from tests.cloudformation.rules import Json

KEY: Json = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {}, "PendingWindowInDays": 7}}
NETWORK: Json = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.20.0.0/16"}}
TAGS = [{"Key": "Project", "Value": "todo"}, {"Key": "Environment", "Value": "dev"}]


def tagged(account: FakeAccount, **tags: str) -> list[str]:
    """Return the ARNs that the tagging API lists for tags."""
    filters = [{"Key": key, "Values": [value]} for key, value in tags.items()]
    pages = account.client("resourcegroupstaggingapi").get_paginator("get_resources")
    whole = pages.paginate(TagFilters=filters).build_full_result()
    return [each["ResourceARN"] for each in whole["ResourceTagMappingList"]]


def test_resources_are_found_by_all_tags(operator: Operator, account: FakeAccount) -> None:
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}}
    operator.deploy(STACK, of(A=group(LogGroupName="mine"), Role=role), Tags=TAGS)

    assert tagged(account, Project="todo", Environment="dev") == [
        "arn:aws:logs:us-east-1:123456789012:log-group:mine",
        account.stacks[STACK].arn,
    ]
    assert tagged(account, Project="todo", Environment="prod") == []


def test_tagged_resources_come_in_pages(operator: Operator, account: FakeAccount) -> None:
    operator.deploy(STACK, of(**{f"Group{number}": group() for number in range(45)}), Tags=TAGS)

    assert len(set(tagged(account, Project="todo"))) == 45 + 1


def test_deleted_key_waits_for_its_end(operator: Operator, account: FakeAccount) -> None:
    operator.deploy(STACK, of(A=KEY), Tags=TAGS)
    arn, *_ = tagged(account, Project="todo")
    kms = account.client("kms")
    assert kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"] == "Enabled"

    operator.delete(STACK)
    key = kms.describe_key(KeyId=arn)["KeyMetadata"]
    assert (key["KeyState"], (key["DeletionDate"] - account.now()).days) == ("PendingDeletion", 6)
    account.sleep(8 * 86_400)
    assert tagged(account, Project="todo") == []


def test_protected_cluster_is_freed_first(operator: Operator, account: FakeAccount) -> None:
    properties = {"DBClusterIdentifier": "db", "DeletionProtection": True}
    operator.deploy(STACK, of(A={"Type": "AWS::DocDB::DBCluster", "Properties": properties}))
    assert operator.delete(STACK)["StackStatus"] == "DELETE_FAILED"

    docdb = account.client("docdb")
    docdb.modify_db_cluster(DBClusterIdentifier="db", DeletionProtection=False)
    assert (
        docdb.describe_db_clusters(DBClusterIdentifier="db")["DBClusters"][0]["DeletionProtection"] is False
    )
    assert operator.delete(STACK)["StackStatus"] == "DELETE_COMPLETE"
    with pytest.raises(docdb.exceptions.DBClusterNotFoundFault):
        docdb.describe_db_clusters(DBClusterIdentifier="db")


def _their_network(operation: str, asked: Json) -> Json:
    """Another team's network, and nothing that is asked for by id."""
    if "VpcIds" in asked:
        raise Refused("The vpc ID does not exist", "InvalidVpcID.NotFound")
    return {"Vpcs": [{"VpcId": "vpc-theirs", "CidrBlock": "172.31.0.0/16"}]}


def test_networks_of_others_are_seen_beside_ours() -> None:
    account = FakeAccount(ec2=connect("ec2", _their_network))
    Operator(account).deploy(STACK, of(A=NETWORK))
    ec2 = account.client("ec2")

    blocks = {each["CidrBlock"] for each in ec2.describe_vpcs()["Vpcs"]}
    assert blocks == {"10.20.0.0/16", "172.31.0.0/16"}
    ours = account.resources()[0].physical
    assert ec2.describe_vpcs(VpcIds=[ours])["Vpcs"][0]["VpcId"] == ours
    Operator(account).delete(STACK)
    with pytest.raises(ClientError, match=r"InvalidVpcID\.NotFound"):
        ec2.describe_vpcs(VpcIds=[ours])


def test_platform_that_runs_may_be_a_newer_one(operator: Operator, account: FakeAccount) -> None:
    properties = {"ApplicationName": "api", "EnvironmentName": "todo-api", "PlatformArn": "4.5.0"}
    operator.deploy(STACK, of(A={"Type": "AWS::ElasticBeanstalk::Environment", "Properties": properties}))
    describe = account.client("elasticbeanstalk").describe_environments
    assert describe(EnvironmentNames=["todo-api"])["Environments"][0]["PlatformArn"] == "4.5.0"

    account.drift(STACK, "A", "PlatformArn", "4.6.0")
    assert describe(EnvironmentNames=["todo-api"])["Environments"][0]["PlatformArn"] == "4.6.0"
    assert describe(EnvironmentNames=["todo-other"])["Environments"] == []


def test_single_things_are_found_until_they_go(operator: Operator, account: FakeAccount) -> None:
    topic = {"Type": "AWS::SNS::Topic", "Properties": {}}
    database: Json = {"CatalogId": "1", "DatabaseInput": {"Name": "lake"}}
    operator.deploy(STACK, of(A=topic, B={"Type": "AWS::Glue::Database", "Properties": database}))
    arn, glue = account.stacks[STACK].outputs["Name"], account.client("glue")

    assert account.client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]["TopicArn"] == arn
    assert glue.get_database(Name="lake")["Database"]["Name"] == "lake"
    operator.delete(STACK)
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_database(Name="lake")


def test_service_that_nobody_brought_is_named() -> None:
    with pytest.raises(LookupError, match="the account has no acm"):
        FakeAccount().client("acm")
