"""Production: guarded against slips, and watched while it changes."""

import json

import pytest

from tests.cloudformation.deploy.stage import Stage
from tests.cloudformation.deploy.test_failures import keep_results_longer, rename_results
from tests.cloudformation.rules import Json


@pytest.fixture
def alarming(stage: Stage) -> Stage:
    """All of prod, an alarm of the API that goes off, and something to change."""
    stage.environment = "prod"
    assert stage.run("deploy") == 0, stage.output
    alarms = stage.stack("monitoring").outputs["RollbackAlarmArns"].split(",")
    stage.account.ring(alarms[:1])
    stage.edit(keep_results_longer)
    return stage


def denied(stage: Stage) -> set[str]:
    """Return what the policy of the lake's stack keeps from happening."""
    policy: Json = json.loads(stage.stack("lake").policy or '{"Statement": []}')
    return {action for each in policy["Statement"] if each["Effect"] == "Deny" for action in each["Action"]}


def test_stacks_are_guarded(guarded: Stage) -> None:
    assert guarded.stack("lake").protected
    assert denied(guarded) == {"Update:Replace", "Update:Delete"}


def test_dev_is_not_guarded(lake: Stage) -> None:
    assert not lake.stack("lake").protected
    assert denied(lake) == set()


def test_lost_guard_comes_back(guarded: Stage) -> None:
    guarded.stack("lake").policy = None
    guarded.stack("lake").protected = False

    guarded.run("deploy")

    assert guarded.stack("lake").protected
    assert denied(guarded) == {"Update:Replace", "Update:Delete"}


def test_guard_is_lifted_for_what_is_meant(guarded: Stage) -> None:
    guarded.edit(rename_results)

    assert guarded.run("deploy", "--allow-replace") == 0, guarded.output

    assert denied(guarded) == {"Update:Replace", "Update:Delete"}


def test_guard_comes_back_after_a_failure(guarded: Stage) -> None:
    guarded.edit(rename_results)
    guarded.account.fail("ResultBucket", on="CREATE")
    guarded.account.fail("ResultBucket", on="UPDATE")

    assert guarded.run("deploy", "--allow-replace") == 1

    assert denied(guarded) == {"Update:Replace", "Update:Delete"}


def test_alarm_of_the_api_undoes_a_change(alarming: Stage) -> None:
    assert alarming.run("deploy") == 1

    assert "prod-lake is UPDATE_ROLLBACK_COMPLETE" in alarming.output


def test_fix_goes_out_despite_alarms(alarming: Stage) -> None:
    assert alarming.run("deploy", "--despite-alarms") == 0, alarming.output

    assert alarming.stack("lake").status == "UPDATE_COMPLETE"


def test_yes_is_not_enough_for_prod(guarded: Stage) -> None:
    assert guarded.run("destroy", "--yes") == 1

    assert guarded.called("delete_stack", "update_termination_protection") == set()


def test_prod_goes_when_its_name_is_typed(guarded: Stage) -> None:
    assert guarded.run("destroy", answer="todo-insights-prod\n") == 0, guarded.output

    assert guarded.account.stacks == {}
    assert guarded.account.leftovers() == []


def test_key_stays_until_its_snapshot_goes(stage: Stage) -> None:
    stage.environment = "prod"
    stage.keep("foundation", "network", "data")
    assert stage.run("deploy") == 0, stage.output
    key = stage.stack("foundation").outputs["StoreKeyArn"]

    assert stage.run("destroy", answer="todo-insights-prod\n") == 0, stage.output
    assert f"kept on purpose: {key}, the key of a snapshot" in stage.output

    stage.account.forget("AWS::RDS::DBClusterSnapshot")
    assert stage.run("destroy") == 0, stage.output
    assert f"goes by itself: {key}" in stage.output


def test_failed_creation_leaves_no_key(stage: Stage) -> None:
    stage.environment = "prod"
    stage.keep("foundation")
    stage.account.fail("AlertTopic", on="CREATE")

    assert stage.run("deploy") == 1

    assert stage.account.resources() == []
