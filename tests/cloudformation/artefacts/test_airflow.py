"""The bucket of MWAA becomes what the checkout is, with as few requests as that takes."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from cloudformation.artefacts import airflow
from cloudformation.errors import DeployError

BUCKET = "todo-artefacts"
ROOT = Path(__file__).resolve().parents[3]
CHECKOUT = {
    "dags/.airflowignore": "todo/\n",
    "dags/README.md": "notes",
    "dags/constraints.txt": "numpy==2.4.4\n",
    "dags/daily.py": "import todo.work",
    "dags/hourly.py": "import todo.work",
    "dags/requirements.txt": "pandas==2.3.3\n",
    "dags/todo/__pycache__/work.pyc": "a cache",
    "dags/todo/views/kpis.sql": "SELECT 1",
    "dags/todo/work.py": "",
    "cloudformation/artefacts/global-bundle.pem": "certificates",
}
UPLOADED = [
    "dags/.airflowignore",
    "dags/certificates/global-bundle.pem",
    "dags/constraints.txt",
    "dags/todo/views/kpis.sql",
    "dags/todo/work.py",
    "requirements.txt",
    "dags/daily.py",
    "dags/hourly.py",
]


class Cut(Exception):
    """The connection is gone."""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name, text in CHECKOUT.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def s3() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("s3", "us-east-1")
        client.create_bucket(Bucket=BUCKET)
        client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        yield client


@pytest.fixture
def writes(s3: Any) -> list[str]:
    """What is written or removed from now on, in order."""
    seen: list[str] = []

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        if model.name in {"PutObject", "DeleteObject"}:
            seen.append(f"{model.name[:3]} {params['url_path'].lstrip('/')}")

    s3.meta.events.register("before-call.s3", note)
    return seen


def _bucket(s3: Any) -> dict[str, str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    keys = [found["Key"] for page in pages for found in page.get("Contents", [])]
    return {key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode() for key in keys}


def test_first_upload_brings_everything(s3: Any, checkout: Path) -> None:
    brought = airflow.bring(s3, BUCKET, upload=True, root=checkout)

    found = _bucket(s3)
    assert sorted(found) == sorted(UPLOADED)
    assert found["dags/certificates/global-bundle.pem"] == "certificates"
    assert found["requirements.txt"] == "pandas==2.3.3\n"
    assert brought.changes == tuple(f"{key} added" for key in UPLOADED)


def test_dag_files_come_after_what_they_import(s3: Any, checkout: Path, writes: list[str]) -> None:
    airflow.bring(s3, BUCKET, upload=True, root=checkout)

    assert writes == [f"Put {key}" for key in UPLOADED]


def test_value_is_the_version_of_requirements(s3: Any, checkout: Path) -> None:
    brought = airflow.bring(s3, BUCKET, upload=True, root=checkout)

    body = s3.get_object(Bucket=BUCKET, Key="requirements.txt", VersionId=brought.value)["Body"]
    assert body.read() == b"pandas==2.3.3\n"


def test_second_upload_writes_nothing(s3: Any, checkout: Path, writes: list[str]) -> None:
    first = airflow.bring(s3, BUCKET, upload=True, root=checkout)
    writes.clear()
    second = airflow.bring(s3, BUCKET, upload=True, root=checkout)

    assert writes == []
    assert (second.value, second.changes) == (first.value, ())


@pytest.mark.parametrize("text", ["import todo.Work", "import todo.work, todo.views"])
def test_one_changed_file_is_written_alone(s3: Any, checkout: Path, writes: list[str], text: str) -> None:
    first = airflow.bring(s3, BUCKET, upload=True, root=checkout)
    writes.clear()
    (checkout / "dags/hourly.py").write_text(text)
    second = airflow.bring(s3, BUCKET, upload=True, root=checkout)

    assert writes == ["Put dags/hourly.py"]
    assert (second.value, second.changes) == (first.value, ("dags/hourly.py changed",))


def test_changed_requirements_get_another_version(s3: Any, checkout: Path) -> None:
    first = airflow.bring(s3, BUCKET, upload=True, root=checkout)
    (checkout / "dags/requirements.txt").write_text("pandas==2.3.4\n")
    second = airflow.bring(s3, BUCKET, upload=True, root=checkout)

    assert second.value not in {None, first.value}
    assert second.changes == ("requirements.txt changed",)


def test_file_of_other_hands_is_replaced(s3: Any, checkout: Path) -> None:
    """Uploaded otherwise it has no SHA-256 to compare; what it holds is then not known."""
    airflow.bring(s3, BUCKET, upload=True, root=checkout)
    s3.put_object(Bucket=BUCKET, Key="dags/daily.py", Body=b"import todo.work")

    assert airflow.bring(s3, BUCKET, upload=True, root=checkout).changes == ("dags/daily.py changed",)
    assert airflow.bring(s3, BUCKET, upload=True, root=checkout).changes == ()


def test_removed_files_go_last(s3: Any, checkout: Path, writes: list[str]) -> None:
    airflow.bring(s3, BUCKET, upload=True, root=checkout)
    writes.clear()
    (checkout / "dags/todo").rename(checkout / "dags/other")
    brought = airflow.bring(s3, BUCKET, upload=True, root=checkout)

    assert [line.split()[0] for line in writes] == ["Put", "Put", "Del", "Del"]
    assert brought.changes[2:] == ("dags/todo/views/kpis.sql removed", "dags/todo/work.py removed")
    assert "dags/todo/work.py" not in _bucket(s3)


def test_what_lies_beside_stays(s3: Any, checkout: Path) -> None:
    beside = {"webapp/a.zip": "a bundle", "requirements.txt.old": "x", "dagsters/a.py": "y"}
    for key, text in beside.items():
        s3.put_object(Bucket=BUCKET, Key=key, Body=text.encode())
    airflow.bring(s3, BUCKET, upload=True, root=checkout)

    assert beside.items() <= _bucket(s3).items()


def test_all_pages_of_a_listing_are_read(
    s3: Any, checkout: Path, writes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    airflow.bring(s3, BUCKET, upload=True, root=checkout)
    s3.put_object(Bucket=BUCKET, Key="dags/zombie.py", Body=b"")
    writes.clear()
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "3")
    airflow.bring(s3, BUCKET, upload=True, root=checkout)

    assert writes == ["Del dags/zombie.py"]


@pytest.mark.parametrize("writes_done", [0, 1, 5, 7])
def test_interrupted_upload_is_healed_by_the_next(s3: Any, checkout: Path, writes_done: int) -> None:
    left = iter(range(writes_done))

    def cut(**_: Any) -> None:
        if next(left, None) is None:
            raise Cut

    s3.meta.events.register("before-call.s3.PutObject", cut)
    with pytest.raises(Cut):
        airflow.bring(s3, BUCKET, upload=True, root=checkout)
    s3.meta.events.unregister("before-call.s3.PutObject", cut)
    brought = airflow.bring(s3, BUCKET, upload=True, root=checkout)

    assert len(brought.changes) == len(UPLOADED) - writes_done
    assert sorted(_bucket(s3)) == sorted(UPLOADED)


def test_dry_run_tells_and_writes_nothing(s3: Any, checkout: Path, writes: list[str]) -> None:
    told = airflow.bring(s3, BUCKET, upload=False, root=checkout)
    done = airflow.bring(s3, BUCKET, upload=True, root=checkout)

    assert (told.value, told.changes) == (None, done.changes)
    assert len(writes) == len(UPLOADED)


def test_dry_run_knows_a_version_that_stays(s3: Any, checkout: Path) -> None:
    done = airflow.bring(s3, BUCKET, upload=True, root=checkout)
    (checkout / "dags/hourly.py").unlink()
    told = airflow.bring(s3, BUCKET, upload=False, root=checkout)

    assert (told.value, told.changes) == (done.value, ("dags/hourly.py removed",))
    assert "dags/hourly.py" in _bucket(s3)


@pytest.mark.parametrize("name", ["dags/requirements.txt", "cloudformation/artefacts/global-bundle.pem"])
def test_missing_file_is_told_before_any_write(s3: Any, checkout: Path, writes: list[str], name: str) -> None:
    (checkout / name).unlink()

    with pytest.raises(DeployError, match=f"{name} is missing; `git checkout"):
        airflow.bring(s3, BUCKET, upload=True, root=checkout)
    assert writes == []


def test_bucket_without_versions_is_refused(s3: Any, checkout: Path) -> None:
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})

    with pytest.raises(DeployError, match="keeps no versions"):
        airflow.bring(s3, BUCKET, upload=True, root=checkout)


def test_all_that_is_committed_goes_but_notes() -> None:
    listed = subprocess.run(["git", "ls-files", "dags"], cwd=ROOT, capture_output=True, text=True, check=True)
    found, left_out = airflow.contents(ROOT).keys(), {"dags/README.md", "dags/requirements.txt"}

    assert {"requirements.txt", *listed.stdout.splitlines()} - found == left_out
    assert not found & left_out
