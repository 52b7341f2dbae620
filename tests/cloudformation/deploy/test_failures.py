"""Whatever goes wrong: said with its reason and the way out, and mended by the next run."""

from collections.abc import Callable
from itertools import count

import pytest

from tests.cloudformation.deploy.stage import Edit, Stage
from tests.cloudformation.rules import Json

REASON = "You have attempted to create more buckets than allowed"


def rename_results(templates: dict[str, Json]) -> None:
    """Make the bucket of results another one."""
    templates["lake"]["Resources"]["ResultBucket"]["Properties"]["BucketName"] = "todo-results-elsewhere"


def forget_a_table(templates: dict[str, Json]) -> None:
    """Take a table out of the catalog."""
    del templates["lake"]["Resources"]["SilverRejectsTable"]


def keep_results_longer(templates: dict[str, Json]) -> None:
    """Change something that costs no data."""
    rules = templates["lake"]["Resources"]["ResultBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    rules[0]["ExpirationInDays"] = 99


def interrupt_after(sleep: Callable[[float], None], times: int) -> Callable[[float], None]:
    """Sleep so often, then be interrupted by the operator."""
    slept = count()

    def until_interrupted(seconds: float) -> None:
        if next(slept) >= times:
            raise KeyboardInterrupt
        sleep(seconds)

    return until_interrupted


@pytest.fixture
def failing(stage: Stage) -> Stage:
    """The creation of the lake fails."""
    stage.keep("foundation", "lake", "monitoring")
    stage.account.fail("GoldBucket", on="CREATE", reason=REASON)
    assert stage.run("deploy") == 1
    return stage


def test_failed_creation_ends_with_its_reason(failing: Stage) -> None:
    assert failing.stack("lake").status == "ROLLBACK_COMPLETE"
    assert failing.output.endswith(
        f"lake: todo-insights-dev-lake is ROLLBACK_COMPLETE GoldBucket (AWS::S3::Bucket): {REASON} "
        "Mend the cause; the next deploy creates the stack anew."
    )


def test_nothing_begins_after_a_failure(failing: Stage) -> None:
    assert failing.name("monitoring") not in failing.account.stacks


def test_failed_creation_is_done_anew(failing: Stage) -> None:
    failing.keep("foundation", "lake")

    assert failing.run("deploy") == 0

    assert "ROLLBACK_COMPLETE: deleted first, to be created anew" in failing.output
    assert failing.stack("lake").status == "CREATE_COMPLETE"


def test_dead_stack_that_holds_data_is_kept(stage: Stage) -> None:
    stage.keep("foundation", "lake")
    stage.account.fail("Workgroup", on="CREATE")
    stage.account.fail("GoldBucket", on="DELETE", reason="The bucket you tried to delete is not empty")
    stage.run("deploy")

    assert stage.run("deploy") == 1

    assert "todo-insights-dev-lake is ROLLBACK_FAILED and may hold data: " in stage.output
    assert stage.called("delete_stack") == set()


def test_failed_update_ends_as_before(lake: Stage) -> None:
    lake.edit(keep_results_longer)
    lake.account.fail("ResultBucket", on="UPDATE", reason=REASON)

    assert lake.run("deploy") == 1

    assert f"is UPDATE_ROLLBACK_COMPLETE ResultBucket (AWS::S3::Bucket): {REASON}" in lake.output
    assert lake.run("deploy") == 0


def test_stuck_rollback_names_the_way_out(lake: Stage) -> None:
    lake.edit(keep_results_longer)
    lake.account.fail("ResultBucket", on="UPDATE", reason=REASON, rollback_too=True)
    assert lake.run("deploy") == 1

    assert lake.run("deploy") == 1

    assert (
        "aws cloudformation continue-update-rollback --stack-name todo-insights-dev-lake "
        "--resources-to-skip ResultBucket"
    ) in lake.output
    assert "lake" not in lake.called("create_change_set")


@pytest.mark.parametrize(
    ("edit", "lost"), [(rename_results, "ResultBucket"), (forget_a_table, "SilverRejectsTable")]
)
def test_loss_of_data_stops_the_deployment(edit: Edit, lost: str, lake: Stage) -> None:
    lake.edit(edit)

    assert lake.run("deploy") == 1

    assert f"lake: {lost} would be replaced or removed, with the data." in lake.output
    assert lake.called("execute_change_set") == set()
    assert lake.stack("lake").change_sets == {}


def test_loss_of_data_can_be_meant(lake: Stage) -> None:
    lake.edit(rename_results)

    assert lake.run("deploy", "--allow-replace") == 0

    assert "REPLACE S3::Bucket ResultBucket (BucketName)" in lake.output
    assert lake.stack("lake").resources["ResultBucket"].physical == "todo-results-elsewhere"


def test_refused_change_ends_with_its_reason(lake: Stage) -> None:
    lake.edit(lambda templates: templates["lake"]["Outputs"].update(Odd={"Value": {"Ref": "Nobody"}}))

    assert lake.run("deploy") == 1

    assert "Nobody" in lake.output


def test_too_much_throttling_ends_the_run(stage: Stage) -> None:
    stage.account.throttle("create_change_set", 100)

    assert stage.run("deploy") == 1

    assert "Rate exceeded" in stage.output


def test_interrupt_says_that_aws_goes_on(stage: Stage) -> None:
    stage.keep("foundation", "lake")
    stage.sleep = interrupt_after(stage.account.sleep, 5)

    assert stage.run("deploy") == 130

    assert "AWS continues the operations that it started" in stage.output


def test_interrupted_run_is_picked_up(stage: Stage) -> None:
    stage.keep("foundation", "lake")
    stage.sleep = interrupt_after(stage.account.sleep, 5)
    stage.run("deploy")
    assert "CREATE_IN_PROGRESS" in {stack.status for stack in stage.account.stacks.values()}
    stage.sleep = None

    assert stage.run("deploy") == 0

    assert "CREATE_IN_PROGRESS: waiting for what somebody else has begun" in stage.output
    assert {stack.status for stack in stage.account.stacks.values()} == {"CREATE_COMPLETE"}
