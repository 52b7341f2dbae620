"""The bundle holds what the API needs and nothing else, and is sent once."""

import hashlib
import shutil
import zipfile
from base64 import b64decode
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from cloudformation.artefacts.certificates import CERTIFICATES
from cloudformation.artefacts.webapp import FILES, FOLDERS, ROOT, bring, contents
from cloudformation.errors import DeployError
from tests.aws import IDENTITY

BUCKET = "artefacts"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        yield client


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A working tree of our own, with what lies about in one."""
    for name in FILES:
        shutil.copy(ROOT / name, tmp_path)
    for name in FOLDERS:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for stray in ("webapp/__pycache__/app.cpython-311.pyc", "tests/test_app.py", ".env", ".git/HEAD"):
        (tmp_path / stray).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / stray).write_text("stray")
    return tmp_path


def _versions(s3: Any) -> list[Any]:
    return list(s3.list_object_versions(Bucket=BUCKET).get("Versions", []))


def test_bundle_holds_what_starts_the_api(s3: Any, tree: Path) -> None:
    key = bring(s3, BUCKET, upload=True, root=tree).value
    packed = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    with zipfile.ZipFile(BytesIO(packed)) as archive:
        names = set(archive.namelist())
        carried = archive.read("certificates/global-bundle.pem")

    assert {"Procfile", "requirements.txt", "webapp/wsgi.py", ".ebextensions/options.config"} <= names
    assert "webapp/docs/assets/swagger_ui.html" in names
    assert carried == CERTIFICATES.read_bytes()


def test_bundle_leaves_everything_else_out(tree: Path) -> None:
    tops = {Path(path).parts[0] for path in contents(tree)}

    assert tops == {*FILES, *FOLDERS}
    assert not [path for path in contents(tree) if "pyc" in path]


def test_key_names_the_contents(s3: Any, tree: Path) -> None:
    first = bring(s3, BUCKET, upload=False, root=tree).value
    (tree / "webapp" / "new.py").write_text("")
    second = bring(s3, BUCKET, upload=False, root=tree).value

    assert first != second
    assert {str(each)[:7] for each in (first, second)} == {"webapp/"}


def test_unchanged_bundle_is_sent_once(s3: Any, tree: Path) -> None:
    first, second = [bring(s3, BUCKET, upload=True, root=tree) for _ in range(2)]

    assert (first.value, first.changes) == (second.value, (f"{second.value} is new",))
    assert (second.changes, len(_versions(s3))) == ((), 1)


def test_nothing_is_written_when_only_asked(s3: Any, tree: Path) -> None:
    asked = bring(s3, BUCKET, upload=False, root=tree)

    assert (asked.changes, _versions(s3)) == ((f"{asked.value} is new",), [])


def test_s3_checks_what_it_gets(s3: Any, tree: Path) -> None:
    key = bring(s3, BUCKET, upload=True, root=tree).value
    stored = s3.get_object(Bucket=BUCKET, Key=key, ChecksumMode="ENABLED")

    assert b64decode(stored["ChecksumSHA256"]) == hashlib.sha256(stored["Body"].read()).digest()


@pytest.mark.parametrize("name", [*FILES, *FOLDERS])
def test_missing_file_is_told_before_anything(name: str, s3: Any, tree: Path) -> None:
    (tree / name).rename(tree / "elsewhere")

    with pytest.raises(DeployError, match=f"needs {name} in"):
        bring(s3, BUCKET, upload=True, root=tree)
    assert _versions(s3) == []


@pytest.mark.parametrize("stray", ["webapp/notes.txt", "webapp/tasks/.env", ".ebextensions/options.config~"])
def test_unknown_kind_of_file_is_refused(stray: str, tree: Path) -> None:
    (tree / stray).write_text("stray")

    with pytest.raises(DeployError, match=f"whether .*{stray} belongs into"):
        contents(tree)
