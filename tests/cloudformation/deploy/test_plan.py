"""Planning: shown, and not done."""

from tests.cloudformation.deploy.stage import Stage
from tests.cloudformation.deploy.test_failures import keep_results_longer, rename_results


def test_plan_of_an_empty_account_begins_nothing(stage: Stage) -> None:
    assert stage.run("plan") == 0

    assert "add MWAA::Environment Environment" in stage.output
    assert {call.operation for call in stage.account.calls if call.stack} == {"describe_stacks"}
    assert stage.account.client("s3").list_buckets()["Buckets"] == []


def test_plan_shows_a_change_and_leaves_nothing(lake: Stage) -> None:
    lake.edit(rename_results)

    assert lake.run("plan") == 0

    assert "REPLACE S3::Bucket ResultBucket (BucketName)" in lake.output
    assert "deploy would stop here without --allow-replace: ResultBucket" in lake.output
    assert lake.called("execute_change_set") == set()
    assert not any(stack.change_sets for stack in lake.account.stacks.values())


def test_plan_of_what_is_deployed_says_so(lake: Stage) -> None:
    assert lake.run("plan") == 0

    assert lake.output.count("no changes") == 2


def test_plan_uploads_nothing(stage: Stage) -> None:
    stage.run("deploy")
    stage.change("webapp/app.py", "changed")
    stage.change("dags/requirements.txt", "pandas==2.3.4")
    bucket = stage.stack("foundation").outputs["ArtefactBucketName"]
    s3 = stage.account.client("s3")
    before = s3.list_object_versions(Bucket=bucket)["Versions"]

    assert stage.run("plan") == 0

    assert "would upload: requirements.txt changed" in stage.output
    assert "change MWAA::Environment Environment (RequirementsS3ObjectVersion)" in stage.output
    assert "ElasticBeanstalk::ApplicationVersion Version (SourceBundle)" in stage.output
    assert s3.list_object_versions(Bucket=bucket)["Versions"] == before


def test_plan_of_a_dead_stack_shows_it_anew(stage: Stage) -> None:
    stage.keep("foundation", "lake")
    stage.account.fail("GoldBucket", on="CREATE")
    stage.run("deploy")

    assert stage.run("plan") == 0

    assert "add Glue::Database Database" in stage.output
    assert stage.stack("lake").status == "ROLLBACK_COMPLETE"


def test_plan_of_a_stuck_stack_tells_the_way_out(lake: Stage) -> None:
    lake.edit(keep_results_longer)
    lake.account.fail("ResultBucket", on="UPDATE", rollback_too=True)
    lake.run("deploy")
    assert lake.stack("lake").status == "UPDATE_ROLLBACK_FAILED"

    assert lake.run("plan") == 1

    assert "aws cloudformation continue-update-rollback --stack-name todo-insights-dev-lake" in lake.output
