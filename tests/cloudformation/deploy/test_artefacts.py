"""Artefacts: equal content gives equal bytes and an equal key, and is uploaded only once."""

import shutil
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from cloudformation.artefacts import bundle, dags
from cloudformation.artefacts.storage import zip_bytes
from cloudformation.errors import DeployError
from tests.cloudformation.deploy.conftest import BUCKET
from tools.data_folder import ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in (*bundle.FILES, *bundle.FOLDERS, "dags"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path / name)
    return tmp_path


def test_bundle_contains_files_that_start_the_api(s3: Any, checkout: Path) -> None:
    key = bundle.upload(s3, BUCKET, checkout)
    content = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    with ZipFile(BytesIO(content)) as archive:
        names = set(archive.namelist())
        modes = {entry.external_attr >> 16 for entry in archive.infolist()}

    expected = {"Procfile", "requirements.txt", "webapp/wsgi.py", bundle.CERTIFICATES}
    assert expected | {".ebextensions/options.config", ".platform/nginx/conf.d/api.conf"} <= names
    assert modes == {0o100644}


def test_unchanged_bundle_is_uploaded_once(s3: Any, checkout: Path) -> None:
    key = bundle.upload(s3, BUCKET, checkout)
    for path in checkout.rglob("*"):
        path.touch()

    assert bundle.upload(s3, BUCKET, checkout) == key
    assert len(s3.list_object_versions(Bucket=BUCKET)["Versions"]) == 1
    assert zip_bytes(bundle.contents(checkout)) == zip_bytes(bundle.contents(checkout))


def test_changed_and_moved_files_give_another_bundle(checkout: Path) -> None:
    before = bundle.bundle_key(bundle.contents(checkout))
    (checkout / "webapp/wsgi.py").rename(checkout / "webapp/wsgi2.py")
    moved = bundle.bundle_key(bundle.contents(checkout))
    (checkout / "webapp/wsgi2.py").write_text("")

    assert len({before, moved, bundle.bundle_key(bundle.contents(checkout))}) == 3


def test_unlisted_and_missing_files_are_refused(checkout: Path) -> None:
    (checkout / "webapp/notes.odt").write_text("")
    with pytest.raises(DeployError, match=r"add \.odt to FOLDERS"):
        bundle.contents(checkout)
    (checkout / "webapp/notes.odt").unlink()
    (checkout / "Procfile").unlink()
    with pytest.raises(DeployError, match="needs Procfile"):
        bundle.contents(checkout)


def test_requirements_get_a_version_only_with_their_content(s3: Any, checkout: Path) -> None:
    assert dags.requirements_version(s3, BUCKET, checkout) is None
    dags.upload(s3, BUCKET, checkout)
    first = dags.requirements_version(s3, BUCKET, checkout)
    assert dags.upload(s3, BUCKET, checkout) == []
    assert dags.requirements_version(s3, BUCKET, checkout) == first

    (checkout / "dags/requirements.txt").write_text("pandas==9\n")
    assert dags.requirements_version(s3, BUCKET, checkout) is None
    assert dags.upload(s3, BUCKET, checkout) == ["requirements.txt uploaded"]
    assert dags.requirements_version(s3, BUCKET, checkout) not in (None, first)


def test_removed_dag_disappears_from_the_bucket_and_nothing_else(s3: Any, checkout: Path) -> None:
    dags.upload(s3, BUCKET, checkout)
    s3.put_object(Bucket=BUCKET, Key="webapp/other.zip", Body=b"")
    (dag,) = list(checkout.glob("dags/todo_hourly*.py"))[:1]
    dag.unlink()

    assert dags.upload(s3, BUCKET, checkout) == [f"dags/{dag.name} removed"]
    assert s3.head_object(Bucket=BUCKET, Key="webapp/other.zip")


def test_dag_files_come_after_their_modules(checkout: Path) -> None:
    keys = list(dags.contents(checkout))
    dag_files = [
        key for key in keys if key.startswith("dags/") and key.count("/") == 1 and key.endswith(".py")
    ]

    assert dag_files
    assert keys[-len(dag_files) :] == sorted(dag_files)
