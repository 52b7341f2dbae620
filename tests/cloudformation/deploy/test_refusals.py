"""What ends a command before AWS is asked for anything: said in a sentence, and not as a traceback."""

import subprocess
import sys
from pathlib import Path

import pytest
from botocore.exceptions import NoCredentialsError, NoRegionError, ProfileNotFound
from botocore.parsers import ResponseParserError

from cloudformation.__main__ import main
from cloudformation.errors import SIGN_IN, explain
from tests.cloudformation.account.wire import session
from tests.cloudformation.deploy.stage import Stage
from tests.cloudformation.test_main import ALONE
from tools.data_folder import ROOT

COMMANDS = ("plan", "deploy", "destroy", "drift", "outputs")


@pytest.mark.parametrize("missing", ["Procfile", "dags/requirements.txt"])
@pytest.mark.parametrize("command", ["plan", "deploy"])
def test_checkout_is_looked_at_first(stage: Stage, command: str, missing: str) -> None:
    (stage.root / missing).unlink()

    assert stage.run(command) == 1

    assert "failed Checkout" in stage.output
    assert stage.account.stacks == {}


def test_folder_named_like_a_dag_is_none(stage: Stage) -> None:
    (stage.root / "dags/odd.py").mkdir()

    assert stage.run("plan") == 0, stage.output


@pytest.mark.parametrize("command", COMMANDS)
def test_unknown_region_is_told_at_once(stage: Stage, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    moon = session().client("ec2", region_name="moon-1")
    client = stage.account.client
    monkeypatch.setattr(stage.account, "client", lambda name: moon if name == "ec2" else client(name))

    assert stage.run(command) == 1

    assert "moon-1 has no mwaa" in stage.output
    assert stage.account.calls == []


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (NoRegionError(), "set AWS_DEFAULT_REGION"),
        (NoCredentialsError(), "set AWS_PROFILE to a profile"),
        (ResponseParserError("<html>"), "not a valid AWS response"),
    ],
    ids=["region", "credentials", "answer"],
)
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_what_to_do(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, command: str, error: Exception, says: str
) -> None:
    client = stage.account.client
    asked = (
        ("cloudformation", "sts", "ec2") if isinstance(error, NoRegionError) else ("cloudformation", "sts")
    )

    def broken(name: str) -> object:
        if name in asked:
            raise error
        return client(name)

    monkeypatch.setattr(stage.account, "client", broken)

    assert stage.run(command) == 1

    assert says in stage.output


@pytest.mark.parametrize(
    "variables", [{"AWS_PROFILE": "nosuch"}, {"AWS_CONFIG_FILE": "LICENSE"}], ids=["profile", "file"]
)
def test_broken_profile_is_told(variables: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cloudformation", "plan", "--env", "dev"],
        cwd=ROOT,
        env={**ALONE, **variables},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (1, "")
    assert next(iter(variables.values())) in done.stdout


def test_profile_that_is_missing_can_be_named() -> None:
    assert explain(ProfileNotFound(profile="nosuch")).endswith(SIGN_IN)


def test_picture_needs_a_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", "--to", str(tmp_path / "nosuch/x.svg")]) == 1

    assert "nosuch/x.svg: No such file or directory." in capsys.readouterr().out.replace("\n", "")


@pytest.mark.parametrize("address", ["you", "you@", "a b@c", "a@b@c"])
def test_address_for_alerts_is_one(stage: Stage, capsys: pytest.CaptureFixture[str], address: str) -> None:
    with pytest.raises(SystemExit):
        stage.run("plan", "--alert-email", address)

    assert "is not an email address, such as you@example.com" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["drift", "outputs"])
def test_nothing_deployed_is_said(stage: Stage, command: str) -> None:
    assert stage.run(command) == 0

    assert "nothing is deployed; `make deploy ENV=dev` does that" in stage.output
