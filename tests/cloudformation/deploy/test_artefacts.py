"""Artefacts: equal content gives equal bytes and an equal key, and is uploaded only once."""

import shutil
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from cloudformation.artefacts import contents, storage
from cloudformation.errors import DeployError
from tests.cloudformation.deploy.conftest import BUCKET
from tools.data_folder import ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in (*contents.API_FILES, *contents.API_FOLDERS, "dags"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path / name)
    (tmp_path / contents.ARCHIVE).parent.mkdir(parents=True)
    (tmp_path / contents.ARCHIVE).write_bytes(b"python")
    return tmp_path


def test_bundle_contains_files_that_start_the_api(s3: Any, checkout: Path) -> None:
    (key,) = contents.objects("webapp", checkout)
    assert [*storage.upload(s3, BUCKET, "webapp", checkout)] == [f"{key} uploaded"]
    content = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    with ZipFile(BytesIO(content)) as archive:
        names = set(archive.namelist())
        modes = {entry.external_attr >> 16 for entry in archive.infolist()}

    expected = {"Procfile", "requirements.txt", "webapp/wsgi.py", contents.CERTIFICATES}
    assert expected | {".ebextensions/options.config", ".platform/nginx/conf.d/api.conf"} <= names
    assert modes == {0o100644}


def test_unchanged_bundle_is_uploaded_once(s3: Any, checkout: Path) -> None:
    (key,) = contents.objects("webapp", checkout)
    assert [*storage.upload(s3, BUCKET, "webapp", checkout)] == [f"{key} uploaded"]
    for path in checkout.rglob("*"):
        path.touch()

    assert [*storage.upload(s3, BUCKET, "webapp", checkout)] == []
    assert len(s3.list_object_versions(Bucket=BUCKET)["Versions"]) == 1


def test_changed_and_moved_files_give_another_bundle(checkout: Path) -> None:
    keys = {*contents.objects("webapp", checkout)}
    (checkout / "webapp/wsgi.py").rename(checkout / "webapp/wsgi2.py")
    keys |= {*contents.objects("webapp", checkout)}
    (checkout / "webapp/wsgi2.py").write_text("")
    keys |= {*contents.objects("webapp", checkout)}

    assert len(keys) == 3


def test_unlisted_and_missing_files_are_refused(checkout: Path) -> None:
    (checkout / "webapp/notes.odt").write_text("")
    with pytest.raises(DeployError, match=r"add \.odt to API_FOLDERS"):
        contents.api_files(checkout)
    (checkout / "webapp/notes.odt").unlink()
    shutil.rmtree(checkout / ".platform")
    with pytest.raises(DeployError, match=r"\.platform has no files that can be deployed\. Restore it"):
        contents.api_files(checkout)
    (checkout / "Procfile").unlink()
    with pytest.raises(FileNotFoundError, match="Procfile"):
        contents.api_files(checkout)


def test_requirements_get_a_version_only_with_their_content(s3: Any, checkout: Path) -> None:
    with pytest.raises(DeployError, match="does not have this requirements"):
        storage.requirements_version(s3, BUCKET, checkout)
    assert [*storage.upload(s3, BUCKET, "airflow", checkout)]
    first = storage.requirements_version(s3, BUCKET, checkout)
    assert [*storage.upload(s3, BUCKET, "airflow", checkout)] == []
    assert storage.requirements_version(s3, BUCKET, checkout) == first

    (checkout / "dags/requirements.txt").write_text("pandas==9\n")
    with pytest.raises(DeployError, match="does not have this requirements"):
        storage.requirements_version(s3, BUCKET, checkout)
    assert [*storage.upload(s3, BUCKET, "airflow", checkout)] == ["requirements.txt uploaded"]
    assert storage.requirements_version(s3, BUCKET, checkout) != first


def test_removed_dag_disappears_from_the_bucket_and_nothing_else(s3: Any, checkout: Path) -> None:
    assert [*storage.upload(s3, BUCKET, "airflow", checkout)]
    s3.put_object(Bucket=BUCKET, Key="webapp/other.zip", Body=b"")
    (dag,) = list(checkout.glob("dags/todo_hourly*.py"))[:1]
    dag.unlink()

    assert [*storage.upload(s3, BUCKET, "airflow", checkout)] == [f"dags/{dag.name} removed"]
    assert s3.head_object(Bucket=BUCKET, Key="webapp/other.zip")


def test_dag_files_come_after_their_modules(checkout: Path) -> None:
    keys = list(contents.objects("airflow", checkout))
    dag_files = [
        key for key in keys if key.startswith("dags/") and key.count("/") == 1 and key.endswith(".py")
    ]

    assert dag_files
    assert keys[-len(dag_files) :] == sorted(dag_files)
