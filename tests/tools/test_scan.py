"""`python -m tools.scan`: what the scanners are shown, and that what they find is not lost on the way."""

import json
import os
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tools import scan
from tools.policies import find_policies
from tools.scan import TEMPLATES, Finding, main

Change = Callable[[dict[str, Any]], None]


def _damaged(folder: Path, stack: str, *changes: Change) -> None:
    template = json.loads((TEMPLATES / "dev" / f"{stack}.json").read_text())
    for change in changes:
        change(template["Resources"])
    (folder / "dev").mkdir(exist_ok=True)
    (folder / "dev" / f"{stack}.json").write_text(json.dumps(template))


def _airflow(resources: dict[str, Any]) -> None:
    first, second, *_ = resources["ExecutionRole"]["Properties"]["Policies"][1]["PolicyDocument"]["Statement"]
    first["Action"] = ["s3:ListBuckets", "s3:ListBucket"]
    second["Resource"] = ["*"]
    trust = resources["ExecutionRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]
    trust["Condition"] = {"StringEquals": {"sts:SourceAccounts": "123456789012"}}


def _foundation(resources: dict[str, Any]) -> None:
    del resources["JwtSecret"]["Properties"]["KmsKeyId"]
    hidden = {"checkov": {"skip": [{"id": "CKV_AWS_56", "comment": "later"}]}}
    resources["ArtefactBucket"]["Metadata"] = hidden
    key = resources["SignalKey"]["Properties"]["KeyPolicy"]["Statement"]
    key[-1]["Principal"] = {"AWS": "everybody"}


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> list[Finding]:
    """What both scanners say of two damaged templates: one run, since they need seconds to start."""
    folder = tmp_path_factory.mktemp("templates")
    _damaged(folder, "airflow", _airflow)
    _damaged(folder, "foundation", _foundation)
    return scan.scan(folder).findings


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("dev/airflow ExecutionRole pipeline", "Unknown action: Unknown action s3:ListBuckets"),
        ("dev/airflow ExecutionRole pipeline", "Unnecessary use of Resource *"),
        ("dev/airflow ExecutionRole AssumeRolePolicyDocument", "Unknown condition"),
        ("dev/foundation SignalKey KeyPolicy", "Unknown AWS principal"),
        ("dev/foundation AWS::SecretsManager::Secret.JwtSecret", "CKV_AWS_149: "),
        ("dev/foundation AWS::S3::Bucket.ArtefactBucket", "CKV_AWS_56 is suppressed; mend it instead"),
    ],
    ids=["action", "resource", "condition", "principal", "encryption", "suppression"],
)
def test_scanners_notice_a_seeded_fault(place: str, says: str, findings: list[Finding]) -> None:
    assert [each for each in findings if each.place == place and each.says.startswith(says)]


def test_log_bucket_alone_may_lack_a_log(findings: list[Finding]) -> None:
    assert not [each for each in findings if "LogBucket" in each.place]


def test_every_policy_of_a_template_is_found() -> None:
    written = sum(text.count('"Version": "2012-10-17"') for text in _texts())

    assert len(list(find_policies(TEMPLATES))) == written > 30


def test_policies_hold_no_placeholder() -> None:
    shown = json.dumps([policy.document for policy in find_policies(TEMPLATES)])

    assert not [word for word in ('"Ref"', '"Fn::', "${") if word in shown]


def test_parameter_becomes_the_resource_behind_it() -> None:
    (policy,) = [each for each in find_policies(TEMPLATES) if each.place == "dev/webapp InstanceRole api"]
    read = {each["Sid"]: each["Resource"] for each in policy.document["Statement"]}

    assert read["ReadBundles"] == ["arn:aws:s3:::artefactbucket/webapp/*"]
    assert read["ReadSecrets"][0].startswith(
        "arn:aws:secretsmanager:us-east-1:123456789012:secret:jwtsecret-"
    )


def test_empty_folder_is_not_a_clean_one(tmp_path: Path) -> None:
    console = Console(file=StringIO())

    assert main([str(tmp_path)], console) == 1
    assert "python -m cloudformation synth" in _written(console)


def test_missing_scanners_say_how_to_get_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "BIN", tmp_path)
    console = Console(file=StringIO())

    assert main([], console) == 1
    assert "make setup" in _written(console)


def test_scanner_that_ends_early_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("checkov", "python"):
        (tmp_path / name).write_text("#!/bin/sh\necho no such check >&2\nexit 3\n")
        os.chmod(tmp_path / name, 0o755)
    monkeypatch.setattr(scan, "BIN", tmp_path)
    console = Console(file=StringIO())

    assert main([], console) == 1
    assert "(status 3): no such check" in _written(console)


def _texts() -> list[str]:
    return [path.read_text() for path in TEMPLATES.rglob("*.json")]


def _written(console: Console) -> str:
    text: str = console.file.getvalue()  # type: ignore[attr-defined]  # the file is a StringIO
    return text
