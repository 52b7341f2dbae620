"""`python -m tools.scan`: the scanners get the right input, and the command reports all their findings."""

import json
import os
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tools.scan import __main__ as scan
from tools.scan.__main__ import TEMPLATES, ScanFinding, main
from tools.scan.policies import find_policies

Change = Callable[[dict[str, Any]], None]


def _write_faulty(folder: Path, stack: str, *changes: Change) -> None:
    template = json.loads((TEMPLATES / "dev" / f"{stack}.json").read_text())
    for change in changes:
        change(template["Resources"])
    (folder / "dev").mkdir(exist_ok=True)
    (folder / "dev" / f"{stack}.json").write_text(json.dumps(template))


def _break_airflow_policies(resources: dict[str, Any]) -> None:
    first, second, *_ = resources["ExecutionRole"]["Properties"]["Policies"][1]["PolicyDocument"]["Statement"]
    first["Action"] = ["s3:ListBuckets", "s3:ListBucket"]
    second["Resource"] = ["*"]
    trust = resources["ExecutionRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]
    trust["Condition"] = {"StringEquals": {"sts:SourceAccounts": "123456789012"}}


def _break_foundation(resources: dict[str, Any]) -> None:
    del resources["JwtSecret"]["Properties"]["KmsKeyId"]
    hidden = {"checkov": {"skip": [{"id": "CKV_AWS_56", "comment": "later"}]}}
    resources["ArtefactBucket"]["Metadata"] = hidden
    key = resources["SignalKey"]["Properties"]["KeyPolicy"]["Statement"]
    key[-1]["Principal"] = {"AWS": "anyone"}


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> list[ScanFinding]:
    """The findings in two faulty templates; one run scans both, because the scanners start slowly."""
    folder = tmp_path_factory.mktemp("templates")
    _write_faulty(folder, "airflow", _break_airflow_policies)
    _write_faulty(folder, "foundation", _break_foundation)
    return scan.scan(folder).findings


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("dev/airflow ExecutionRole pipeline", "Unknown action: Unknown action s3:ListBuckets"),
        ("dev/airflow ExecutionRole pipeline", "Unnecessary use of Resource *"),
        ("dev/airflow ExecutionRole AssumeRolePolicyDocument", "Unknown condition"),
        ("dev/foundation SignalKey KeyPolicy", "Unknown AWS principal"),
        ("dev/foundation AWS::SecretsManager::Secret.JwtSecret", "CKV_AWS_149: "),
        (
            "dev/foundation AWS::S3::Bucket.ArtefactBucket",
            "CKV_AWS_56 is suppressed; fix the resource",
        ),
    ],
    ids=["action", "resource", "condition", "principal", "encryption", "suppression"],
)
def test_scanners_report_each_fault(location: str, message: str, findings: list[ScanFinding]) -> None:
    assert [each for each in findings if each.location == location and each.message.startswith(message)]


def test_only_log_bucket_may_lack_access_logs(findings: list[ScanFinding]) -> None:
    assert not [each for each in findings if "LogBucket" in each.location]


def test_every_policy_of_a_template_is_found() -> None:
    expected = sum(text.count('"Version": "2012-10-17"') for text in _template_texts())

    assert len(list(find_policies(TEMPLATES))) == expected > 30


def test_policies_contain_no_placeholder() -> None:
    policies = json.dumps([policy.document for policy in find_policies(TEMPLATES)])

    assert not [word for word in ('"Ref"', '"Fn::', "${") if word in policies]


def test_parameter_resolves_to_resource_of_other_stack() -> None:
    (policy,) = [each for each in find_policies(TEMPLATES) if each.location == "dev/webapp InstanceRole api"]
    read = {each["Sid"]: each["Resource"] for each in policy.document["Statement"]}

    assert read["ReadBundles"] == ["arn:aws:s3:::artefactbucket/webapp/*"]
    assert read["ReadSecrets"][0].startswith(
        "arn:aws:secretsmanager:us-east-1:123456789012:secret:jwtsecret-"
    )


def test_folder_without_templates_is_an_error(tmp_path: Path) -> None:
    console = Console(file=StringIO())

    assert main([str(tmp_path)], console) == 1
    assert "python -m cloudformation synth" in _output(console)


def test_missing_scanners_error_names_setup_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "BIN", tmp_path)
    console = Console(file=StringIO())

    assert main([], console) == 1
    assert "make setup" in _output(console)


def test_failed_scanner_shows_its_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("checkov", "python"):
        (tmp_path / name).write_text("#!/bin/sh\necho no such check >&2\nexit 3\n")
        os.chmod(tmp_path / name, 0o755)
    monkeypatch.setattr(scan, "BIN", tmp_path)
    console = Console(file=StringIO())

    assert main([], console) == 1
    assert "(status 3): no such check" in _output(console)


def _template_texts() -> list[str]:
    return [path.read_text() for path in TEMPLATES.rglob("*.json")]


def _output(console: Console) -> str:
    text: str = console.file.getvalue()  # type: ignore[attr-defined]  # the file is a StringIO
    return text
