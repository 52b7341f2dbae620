"""Looking: what was changed by hand, and what the stacks put out."""

import json

from tests.cloudformation.deploy.stage import Stage


def test_no_drift_is_said(lake: Stage) -> None:
    assert lake.run("drift") == 0

    assert "none in 2 stacks" in lake.output


def test_drift_is_shown_by_property(lake: Stage) -> None:
    lake.account.drift(lake.name("lake"), "Workgroup", "Description", "mine")

    assert lake.run("drift") == 1

    assert "lake Workgroup /Description" in lake.output
    assert "mine" in lake.output


def test_drift_waits_for_what_is_under_way(lake: Stage) -> None:
    lake.account.busy(lake.name("lake"), 60)

    assert lake.run("drift") == 0, lake.output

    assert "waiting for what somebody else has begun" in lake.output


def test_outputs_are_a_line_each(lake: Stage) -> None:
    assert lake.run("outputs") == 0

    assert f"lake WorkgroupName {lake.stack('lake').outputs['WorkgroupName']}" in lake.output


def test_outputs_are_json_for_programs(lake: Stage) -> None:
    assert lake.run("outputs", "--json") == 0

    assert json.loads(lake.told.getvalue())["lake"] == lake.stack("lake").outputs
