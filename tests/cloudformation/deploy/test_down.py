"""Destroying: confirmed, in order, and nothing left."""

from typing import Any

import pytest

from cloudformation.deploy.order import needs
from tests.cloudformation.deploy.stage import Stage
from tests.cloudformation.deploy.test_failures import rename_results
from tests.cloudformation.rules import Json

REASON = "The policy is in use"


def fill(stage: Stage, title: str, output: str) -> None:
    """Put versions, a delete marker and an unfinished upload into a bucket."""
    s3, bucket = stage.account.client("s3"), stage.stack(title).outputs[output]
    for content in (b"one", b"two"):
        s3.put_object(Bucket=bucket, Key="hours/1.parquet", Body=content)
    s3.delete_object(Bucket=bucket, Key="hours/1.parquet")
    s3.create_multipart_upload(Bucket=bucket, Key="hours/2.parquet")


def test_destroy_leaves_nothing(stage: Stage) -> None:
    stage.run("deploy")
    fill(stage, "lake", "BronzeBucketName")

    assert stage.run("destroy", "--yes") == 0, stage.output

    assert stage.account.stacks == {}
    assert stage.account.leftovers() == []
    assert stage.account.client("s3").list_buckets()["Buckets"] == []
    assert "nothing is left that must go" in stage.output


@pytest.mark.parametrize("environment", ["dev"])
def test_stack_goes_after_those_that_need_it(stage: Stage, templates: dict[str, Json]) -> None:
    stage.run("deploy")
    before = dict(stage.account.stacks)

    stage.run("destroy", "--yes")

    gone = {title: stack.deleted for title, stack in before.items() if stack.deleted}
    assert len(gone) == len(before)
    for title, needed in needs(templates).items():
        assert all(gone[stage.name(title)] < gone[stage.name(other)] for other in needed), title


def test_destroy_again_finds_nothing(lake: Stage) -> None:
    lake.run("destroy", "--yes")

    assert lake.run("destroy") == 0

    assert lake.called("delete_stack") == set()


@pytest.mark.parametrize("answer", ["yes\n", "todo-insights-prod\n", ""])
def test_nothing_goes_without_its_name_typed(answer: str, lake: Stage) -> None:
    assert lake.run("destroy", answer=answer) == 1

    assert "Nothing was deleted, since nobody typed todo-insights-dev." in lake.output
    assert lake.called("delete_stack") == set()


def test_name_typed_lets_everything_go(lake: Stage) -> None:
    assert lake.run("destroy", answer="todo-insights-dev\n") == 0

    assert lake.account.stacks == {}


def test_bucket_that_fills_again_is_emptied_again(lake: Stage) -> None:
    lake.account.fail("SilverBucket", on="DELETE", reason="The bucket you tried to delete is not empty")

    assert lake.run("destroy", "--yes") == 0

    assert lake.account.stacks == {}


def test_what_does_not_go_is_named(lake: Stage) -> None:
    for _ in range(3):
        lake.account.fail("GoldBucketPolicy", on="DELETE", reason=REASON)

    assert lake.run("destroy", "--yes") == 1

    assert f"is DELETE_FAILED GoldBucketPolicy (AWS::S3::BucketPolicy): {REASON}" in lake.output
    assert lake.stack("foundation").status == "CREATE_COMPLETE"
    assert lake.run("destroy", "--yes") == 0


def test_leftover_with_our_tags_is_a_failure(lake: Stage) -> None:
    kept = lake.stack("lake").outputs["ResultBucketName"]
    tags = [{"Key": key, "Value": value} for key, value in lake.stack("lake").request.tags.items()]
    lake.account.client("s3").put_bucket_tagging(Bucket=kept, Tagging={"TagSet": tags})
    lake.edit(rename_results)
    assert lake.run("deploy", "--allow-replace") == 0

    assert lake.run("destroy", "--yes") == 1

    assert f"must go: arn:aws:s3:::{kept}, no stack's any more, and kept when it was replaced" in lake.output
    assert "run destroy again" not in lake.output


def test_interrupted_creation_can_be_destroyed(stage: Stage) -> None:
    stage.keep("foundation")
    client: Any = stage.account.client("cloudformation")
    client.create_change_set(
        StackName=stage.name("foundation"),
        ChangeSetName="begun",
        ChangeSetType="CREATE",
        TemplateBody='{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}',
    )

    assert stage.run("destroy", "--yes") == 0

    assert stage.account.stacks == {}
