"""Checks before a deployment, parameters that keep the first deployed value, and leftovers of a deletion."""

import os
import re
import subprocess
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.stub import Stubber

from cloudformation.deploy import choices, deletion, preflight
from cloudformation.settings import AIRFLOW_VERSIONS, DEV, PROD
from tests.cloudformation.deploy.conftest import SCEPTRE, Client, client
from tools.data_folder import ROOT


def test_zones_do_not_change_and_new_ones_offer_the_instances(aws: Client) -> None:
    assert choices.choose_zones(aws("ec2"), DEV) == ["us-east-1a", "us-east-1b"]
    assert choices.choose_zones(aws("ec2"), PROD, ["us-east-1c", "us-east-1d"])[:2] == [
        "us-east-1c",
        "us-east-1d",
    ]
    assert len(choices.choose_zones(aws("ec2"), PROD, ["us-east-1c", "us-east-1d"])) == PROD.private_subnets


def _platform(running: str = "") -> str:
    beanstalk = client("elasticbeanstalk")
    listed = [{"PlatformArn": f"arn:{each}", "PlatformVersion": each} for each in ("4.9.0", "4.10.0")]
    with Stubber(beanstalk) as stubber:
        found = [{"PlatformArn": running}] if running else []
        stubber.add_response("describe_environments", {"Environments": found})
        stubber.add_response("list_platform_versions", {"PlatformSummaryList": listed})
        return choices.choose_platform(beanstalk, "todo")


def test_platform_changes_only_with_its_branch() -> None:
    assert _platform(f"arn:platform/{choices.BRANCH}/4.8.1") == f"arn:platform/{choices.BRANCH}/4.8.1"
    assert _platform("arn:platform/Python 3.9 running on 64bit Amazon Linux 2023/4.8.1") == "arn:4.10.0"
    assert _platform() == "arn:4.10.0"


def test_preflight_names_the_problem(aws: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choices, "choose_platform", lambda *_: "arn::platform/p")
    arn = aws("acm").request_certificate(DomainName="todo.example.com")["CertificateArn"]
    for _ in range(5):
        aws("ec2").allocate_address(Domain="vpc")

    monkeypatch.setenv("CERTIFICATE_ARN", arn)
    found = list(preflight.check(aws, DEV))

    assert ("failed", f"certificate {arn} is PENDING_VALIDATION") in found
    assert [sentence for mark, sentence in found if "zones us-east-1a, us-east-1b" in sentence]
    assert any(mark == "hint" and "ALERT_EMAIL" in sentence for mark, sentence in found)
    monkeypatch.setenv("CERTIFICATE_ARN", f"{arn}0")
    refused = f"CERTIFICATE_ARN={arn}0 is not a certificate of ACM in this region."
    assert ("failed", refused) in list(preflight.check(aws, DEV))
    assert preflight.quota(_quotas(5.0), preflight.ADDRESSES, 1, 5)[0] == "failed"
    assert preflight.quota(_quotas(6.0), preflight.ADDRESSES, 1, 5) == (
        "ok",
        "quota of Elastic IPs: 1 needed, 1 of 6 free.",
    )


@pytest.mark.parametrize(
    ("variable", "wrong", "right"),
    [
        ("ALERT_EMAIL", "ada", "ada@example.com"),
        ("CERTIFICATE_ARN", "todo.example.com", ""),
        ("DATABASE_SNAPSHOT", "rds:todo-2026-11-20", "restored-2026-11-20"),
        ("REPOSITORY_URL", "github.com/ada/todo", "https://github.com/ada/todo/blob/main/"),
    ],
)
def test_preflight_finds_values_that_a_stack_would_refuse(
    variable: str, wrong: str, right: str, aws: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choices, "choose_platform", lambda *_: "arn::platform/p")
    marks = []
    for value in (wrong, right):
        monkeypatch.setenv(variable, value)
        marks.append([mark for mark, text in preflight.check(aws, DEV) if text.startswith(f"{variable}=")])

    assert marks == [["failed"], []]


def minor(versions: Iterable[str]) -> set[str]:
    return {each.rpartition(".")[0] for each in versions}


def test_untested_version_of_airflow_is_refused() -> None:
    """MWAA may offer older patch versions than ours, so only the major and minor version are compared."""
    pins = [
        re.search(r"^apache-airflow==(\S+)", (ROOT / f"requirements/{name}.in").read_text(), re.MULTILINE)[1]
        for name in ("airflow", "airflow-next")
    ]
    assert minor(AIRFLOW_VERSIONS) == minor(pins)
    assert DEV.airflow_version == pins[0]
    with pytest.raises(ValueError, match=r"Airflow 2\.11\.0 is not tested: set airflow_version to 3"):
        replace(DEV, airflow_version="2.11.0")


@pytest.mark.skipif(not SCEPTRE.exists(), reason="Sceptre is not installed; run: make setup")
@pytest.mark.parametrize(
    ("arguments", "region", "message"),
    [
        (["plan", "ENV=staging"], "us-east-1", "No stacks detected"),
        (["outputs", "ENV=dev"], "", "AWS_DEFAULT_REGION: must be the region"),
        (["destroy", "ENV=dev", "STACK=webapp", "ARGS=--yes"], "us-east-1", "deletes all stacks of dev"),
    ],
)
def test_commands_refuse_wrong_arguments(arguments: list[str], region: str, message: str) -> None:
    """No command reaches AWS: each command ends before its first request."""
    done = subprocess.run(
        ["make", "--old-file=.venv-deploy/ready", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "AWS_DEFAULT_REGION": region},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert message in done.stdout + done.stderr


def test_preflight_ends_without_credentials() -> None:
    def unknown(service: str) -> Any:
        found = client(service)
        stubber = Stubber(found)
        stubber.add_client_error(
            "get_caller_identity", "ExpiredToken", "expired"
        ) if service == "sts" else None
        stubber.activate()
        return found

    ((mark, sentence),) = preflight.check(unknown, DEV)
    assert mark == "failed"
    assert "Sign in" in sentence


def test_leftovers_are_named_and_late_log_groups_deleted(aws: Client) -> None:
    tags = [{"Key": key, "Value": value} for key, value in DEV.tags.items()]
    aws("s3").create_bucket(Bucket="kept")
    aws("s3").put_bucket_tagging(Bucket="kept", Tagging={"TagSet": tags})
    for name in (
        "airflow-todo-insights-dev-airflow-Task",
        "/aws/elasticbeanstalk/todo-insights-prod-webapp/x",
    ):
        aws("logs").create_log_group(logGroupName=name)
    key = aws("kms").create_key(Tags=[{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in tags])

    secret = aws("secretsmanager").create_secret(Name="kept", SecretString="s", Tags=tags)["ARN"]
    session = SimpleNamespace(client=aws)
    left = list(deletion.clean_up(session, DEV))

    assert "arn:aws:s3:::kept: check this resource; AWS lists a deleted resource for up to an hour" in left
    groups = [each["logGroupName"] for each in aws("logs").describe_log_groups()["logGroups"]]
    assert groups == ["/aws/elasticbeanstalk/todo-insights-prod-webapp/x"]
    state = aws("kms").describe_key(KeyId=key["KeyMetadata"]["KeyId"])["KeyMetadata"]["KeyState"]
    assert state == "PendingDeletion"
    found = aws("secretsmanager").describe_secret(SecretId=secret)
    assert 6 <= (found["DeletedDate"] - datetime.now(UTC)).days <= DEV.key_deletion_days
    list(deletion.clean_up(session, DEV))
    assert aws("secretsmanager").describe_secret(SecretId=secret)["DeletedDate"] == found["DeletedDate"]


def _quotas(value: float) -> Client:
    quotas = client("service-quotas")
    stubber = Stubber(quotas)
    stubber.add_response("get_service_quota", {"Quota": {"Value": value}})
    stubber.activate()
    return lambda _: quotas
