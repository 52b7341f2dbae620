"""GitHub workflows have pinned actions, minimal permissions, existing commands, and no stored credentials."""

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from cloudformation.settings import ENVIRONMENTS
from tools.data_folder import ROOT

WORKFLOWS = sorted(ROOT.glob(".github/workflows/*.yml"))
Json = dict[str, Any]


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.stem)
def workflow(request: pytest.FixtureRequest) -> Json:
    return _read(request.param)


@pytest.fixture
def deploy() -> Json:
    return _read(ROOT / ".github/workflows/deploy.yml")


def test_actions_are_pinned_to_commits(workflow: Json) -> None:
    used = [step["uses"] for step in _steps(workflow) if "uses" in step]
    assert used
    assert [use for use in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", use)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_each_pin_names_its_version(path: Path) -> None:
    lines = [line for line in path.read_text().splitlines() if "uses:" in line]
    assert [line for line in lines if not re.search(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line)] == []


def test_one_action_has_one_version() -> None:
    uses = {step["uses"] for path in WORKFLOWS for step in _steps(_read(path)) if "uses" in step}
    assert len(uses) == len({use.partition("@")[0] for use in uses})


def test_jobs_have_minimal_permissions(workflow: Json) -> None:
    assert workflow["permissions"] == {}
    granted = {
        (name, level) for job in workflow["jobs"].values() for name, level in job["permissions"].items()
    }
    assert granted <= {("contents", "read"), ("id-token", "write")}


def test_jobs_have_timeouts(workflow: Json) -> None:
    assert [name for name, job in workflow["jobs"].items() if "timeout-minutes" not in job] == []


def test_checkouts_do_not_keep_token(workflow: Json) -> None:
    checkouts = [step for step in _steps(workflow) if step.get("uses", "").startswith("actions/checkout@")]
    assert [step for step in checkouts if step["with"]["persist-credentials"]] == []


def test_commands_of_workflows_exist(workflow: Json) -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z./-]+):", makefile, re.MULTILINE))
    for job in workflow["jobs"].values():
        matrix = job.get("strategy", {}).get("matrix", {})
        run = " ".join(step.get("run", "") for step in job["steps"])
        named = set(re.findall(r"make ([a-z./-]+)", run)) | set(matrix.get("command", ()))
        assert named
        assert named <= targets


def test_no_input_is_used_as_shell_code(workflow: Json) -> None:
    allowed = r"matrix\.command"
    runs = [step["run"] for step in _steps(workflow) if "run" in step]
    assert [run for run in runs if re.search(r"\$\{\{(?!\s*" + allowed + ")", run)] == []


def test_workflows_read_no_secrets(workflow: Json) -> None:
    assert "secrets." not in str(workflow)


def test_only_deployments_get_credentials() -> None:
    jobs_with_token = {
        path.stem
        for path in WORKFLOWS
        for job in _read(path)["jobs"].values()
        if "id-token" in job["permissions"]
    }
    assert jobs_with_token == {"deploy"}


def test_deployments_offer_every_environment(deploy: Json) -> None:
    assert set(deploy["on"]["workflow_dispatch"]["inputs"]["environment"]["options"]) == set(ENVIRONMENTS)


def test_deployment_waits_for_plan_and_approval(deploy: Json) -> None:
    plan, job = deploy["jobs"]["plan"], deploy["jobs"]["deploy"]
    assert job["needs"] == "plan"
    assert job["environment"] == "${{ inputs.environment || 'dev' }}"
    assert plan["environment"] == f"{job['environment']}-plan"
    assert "make deploy" not in str(plan)


def test_deployments_of_one_environment_are_queued(deploy: Json) -> None:
    assert deploy["concurrency"]["cancel-in-progress"] is False
    assert "inputs.environment || 'dev'" in deploy["concurrency"]["group"]


def test_checks_run_first_and_without_credentials(deploy: Json) -> None:
    jobs_with_token = {name for name, job in deploy["jobs"].items() if "id-token" in job["permissions"]}
    checking = {name for name, job in deploy["jobs"].items() if "make check" in str(job)}

    assert checking == {"check"}
    assert deploy["jobs"]["plan"]["needs"] == "check"
    assert jobs_with_token == {"plan", "deploy"}


def test_credentials_are_requested_after_installation(deploy: Json) -> None:
    for job in (deploy["jobs"]["plan"], deploy["jobs"]["deploy"]):
        names = [step.get("uses", step.get("run", "")).partition("@")[0] for step in job["steps"]]
        assert names.index("aws-actions/configure-aws-credentials") > names.index("actions/setup-python") + 1
        assert "actions/cache" not in names


def _read(path: Path) -> Json:
    found: Json = YAML(typ="safe").load(path)
    return found


def _steps(workflow: Json) -> list[Json]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]
