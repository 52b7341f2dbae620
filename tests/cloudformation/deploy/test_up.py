"""Deploying: everything in order, only what changed, and nothing twice."""

from itertools import combinations
from typing import Any

import pytest

from cloudformation.deploy.order import needs
from tests.cloudformation.account.state import Stack
from tests.cloudformation.deploy.conftest import PLATFORM
from tests.cloudformation.deploy.stage import Stage
from tests.cloudformation.rules import Json

CERTIFICATE = "arn:aws:acm:{}:123456789012:certificate/00000000-0000-0000-0000-000000000000"
STACKS = {"foundation", "network", "data", "lake", "webapp", "airflow", "monitoring"}


def times(stack: Stack) -> tuple[Any, Any]:
    """Return when the stack was begun and when it was done."""
    moments = [each["Timestamp"] for each in stack.events if each["ResourceStatus"] != "REVIEW_IN_PROGRESS"]
    return min(moments), max(moments)


def versions(stage: Stage) -> dict[str, set[str]]:
    """Return the versions of every object in the artefact bucket."""
    bucket = stage.stack("foundation").outputs["ArtefactBucketName"]
    found: dict[str, set[str]] = {}
    for each in stage.account.client("s3").list_object_versions(Bucket=bucket).get("Versions", []):
        found.setdefault(each["Key"], set()).add(each["VersionId"])
    return found


@pytest.fixture
def deployed(stage: Stage) -> Stage:
    assert stage.run("deploy") == 0, stage.output
    return stage


def test_empty_account_gets_every_stack(deployed: Stage) -> None:
    assert {stack.status for stack in deployed.account.stacks.values()} == {"CREATE_COMPLETE"}
    assert set(deployed.account.stacks) == {deployed.name(title) for title in STACKS}


@pytest.mark.parametrize("environment", ["dev"])
def test_stacks_follow_their_needs_and_overlap(deployed: Stage, templates: dict[str, Json]) -> None:
    span = {title: times(deployed.stack(title)) for title in STACKS}
    overlapping = {
        frozenset(pair)
        for pair in combinations(STACKS, 2)
        if max(span[title][0] for title in pair) < min(span[title][1] for title in pair)
    }

    for title, needed in needs(templates).items():
        assert all(span[title][0] >= span[other][1] for other in needed), title
    assert {frozenset({"network", "lake"}), frozenset({"webapp", "airflow"})} <= overlapping


def test_every_event_is_told_once(deployed: Stage) -> None:
    begun = [line for line in deployed.told.getvalue().splitlines() if "CREATE_IN_PROGRESS" in line]

    assert len(begun) > 100
    assert [line for line in set(begun) if begun.count(line) > 1] == []


def test_deployment_ends_with_addresses_and_a_warning(deployed: Stage) -> None:
    assert f"API http://{deployed.stack('webapp').outputs['ApiHost']}" in deployed.output
    assert f"Airflow https://{deployed.stack('airflow').outputs['AirflowUrl']}" in deployed.output
    assert deployed.stack("monitoring").outputs["DashboardName"] in deployed.output
    assert "WARNING The API has no certificate" in deployed.output
    assert "11 views made" in deployed.output


def test_stacks_carry_the_four_tags(deployed: Stage) -> None:
    tags = deployed.stack("network").request.tags

    assert tags.keys() == {"Project", "Owner", "Environment", "CostCenter"}


def test_second_run_changes_nothing(deployed: Stage) -> None:
    before = versions(deployed)

    assert deployed.run("deploy") == 0

    assert deployed.called("execute_change_set") == set()
    assert versions(deployed) == before
    assert deployed.output.count("no changes") == len(STACKS)
    assert not any(stack.change_sets for stack in deployed.account.stacks.values())


@pytest.mark.parametrize(
    ("path", "stacks", "uploaded"),
    [
        ("webapp/app.py", {"webapp"}, "webapp/"),
        ("dags/requirements.txt", {"airflow"}, "requirements.txt"),
        ("dags/hourly.py", set(), "dags/hourly.py"),
    ],
)
def test_changed_file_touches_only_its_stack(
    path: str, stacks: set[str], uploaded: str, deployed: Stage
) -> None:
    before = versions(deployed)
    deployed.change(path, "changed==1.0")

    assert deployed.run("deploy") == 0

    after = versions(deployed)
    changed = [key for key in after if after[key] != before.get(key)]
    assert deployed.called("execute_change_set") == stacks
    assert len(changed) == 1
    assert changed[0].startswith(uploaded)


def test_values_that_are_not_given_stay(stage: Stage) -> None:
    stage.keep("foundation")
    stage.run("deploy", "--alert-email", "who@example.com")

    assert stage.run("deploy") == 0

    assert stage.stack("foundation").request.values == {"AlertEmail": "who@example.com"}
    assert "no changes" in stage.output


def test_zones_stay_those_of_the_first_deployment(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.keep("foundation", "network")
    stage.run("deploy")
    monkeypatch.setattr("tests.cloudformation.deploy.conftest.ZONES", ["us-east-1e", "us-east-1f"])

    assert stage.run("deploy") == 0

    assert stage.stack("network").request.values["Zones"] == "us-east-1a,us-east-1b"
    assert "a new network lies in us-east-1e, us-east-1f" in stage.output
    assert stage.output.count("no changes") == 2


def test_certificate_stays_and_makes_the_warning_go(stage: Stage) -> None:
    stage.run("deploy", "--certificate", CERTIFICATE.format("us-east-1"))

    assert stage.run("deploy") == 0

    assert stage.called("execute_change_set") == set()
    assert f"API https://{stage.stack('webapp').outputs['ApiHost']}" in stage.output
    assert "WARNING" not in stage.output


def test_certificate_of_another_stack_secures_nothing(stage: Stage) -> None:
    stage.run("deploy")
    stage.stack("network").request.values["CertificateArn"] = CERTIFICATE.format("us-east-1")

    stage.run("deploy")

    assert "WARNING The API has no certificate" in stage.output


def test_failed_check_stops_before_anything(stage: Stage) -> None:
    assert stage.run("deploy", "--certificate", CERTIFICATE.format("eu-west-1")) == 1

    assert "failed Certificate" in stage.output
    assert not [call for call in stage.account.calls if call.stack]


def test_one_stack_is_deployed_alone(lake: Stage) -> None:
    assert lake.run("deploy", "--stack", "lake") == 0

    assert lake.called("create_change_set", "execute_change_set") == {"lake"}
    assert f"LogBucketName {lake.stack('foundation').outputs['LogBucketName']}" in lake.output


def test_missing_value_is_named_before_any_call(stage: Stage) -> None:
    assert stage.run("deploy", "--stack", "lake") == 1

    assert "needs LogBucketName" in stage.output
    assert "put out by the stack foundation" in stage.output
    assert stage.called("create_change_set") == set()
    assert not [call for call in stage.account.calls if call.stack == stage.name("lake")]


def test_operation_of_somebody_else_is_waited_for(lake: Stage) -> None:
    lake.account.busy(lake.name("lake"), 60)

    assert lake.run("deploy") == 0

    assert "waiting for what somebody else has begun" in lake.output


@pytest.mark.parametrize(
    "operation",
    [
        "create_change_set",
        "describe_change_set",
        "describe_stack_events",
        "describe_stacks",
        "execute_change_set",
    ],
)
def test_throttling_is_waited_out(operation: str, stage: Stage) -> None:
    stage.keep("foundation")
    stage.account.throttle(operation, 4)

    assert stage.run("deploy") == 0, stage.output

    assert stage.stack("foundation").status == "CREATE_COMPLETE"


@pytest.mark.parametrize(
    ("wishes", "running", "taken"),
    [((), "4.8.0", "4.8.0"), ((), "4.8.1", "4.8.1"), (("--upgrade-platform",), "4.8.0", "4.10.0")],
)
def test_platform_stays_until_another_is_wished(
    wishes: tuple[str, ...], running: str, taken: str, platforms: list[str], stage: Stage
) -> None:
    platforms[:] = ["4.8.0"]
    stage.run("deploy")
    platforms[:] = ["4.9.0", "4.10.0"]
    stage.account.drift(stage.name("webapp"), "Environment", "PlatformArn", f"{PLATFORM}/{running}")

    assert stage.run("deploy", *wishes) == 0

    assert stage.stack("webapp").request.values["PlatformArn"] == f"{PLATFORM}/{taken}"
