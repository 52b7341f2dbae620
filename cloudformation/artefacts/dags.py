"""The DAGs and their requirements, as MWAA reads them from its bucket, and the files of the Spark job."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cloudformation.artefacts.storage import (
    CERTIFICATES_FILE,
    ROOT,
    put_if_changed,
    read_files,
    stored_version,
    zip_bytes,
)
from cloudformation.errors import DeployError

FOLDER, HISTORY_FOLDER = "dags/", "history/"
REQUIREMENTS = "requirements.txt"
# The types and names of files that are uploaded; other files, such as notes and caches, are skipped.
TYPES = {".py", ".sql", ".toml", ".html", ".css", ".js", ".airflowignore", "constraints.txt"}
# The archive of Python and its packages, which `make history-archive` builds on Amazon Linux 2023.
ARCHIVE = Path("artefacts") / "history" / "environment.tar.gz"


def upload(s3: Any, bucket: str, root: Path = ROOT) -> list[str]:
    """Upload `dags/` and `requirements.txt`, delete objects of removed files; return a line for each change.

    requirements.txt gets a new S3 version only if its content has changed, because MWAA installs the
    requirements again for every new version.
    https://docs.aws.amazon.com/mwaa/latest/userguide/working-dags-dependencies.html
    """
    wanted = contents(root)
    changed = [key for key, content in wanted.items() if put_if_changed(s3, bucket, key, content)]
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=FOLDER)
    stored = [found["Key"] for page in pages for found in page.get("Contents", ())]
    surplus = [key for key in stored if key not in wanted]
    for key in surplus:
        s3.delete_object(Bucket=bucket, Key=key)
    return [f"{key} uploaded" for key in changed] + [f"{key} removed" for key in surplus]


def requirements_version(s3: Any, bucket: str, root: Path = ROOT) -> str | None:
    """Return the S3 version of requirements.txt, or None if the checkout's content is not uploaded yet.

    Raises DeployError if the bucket does not store versions.
    """
    version = stored_version(s3, bucket, REQUIREMENTS, contents(root)[REQUIREMENTS])
    if version == "null":
        raise DeployError(f"{bucket} must be versioned for MWAA. Deploy the stack foundation again.")
    return version


def contents(root: Path = ROOT) -> dict[str, bytes]:
    """Return the content of every file by its key, in the order of the upload.

    MWAA copies the folder every 30 seconds, so modules are uploaded before the DAG files that import them.
    https://docs.aws.amazon.com/mwaa/latest/userguide/configuring-dag-folder.html
    """
    files = read_files(root / FOLDER, TYPES, root)
    files[f"{FOLDER}certificates/{CERTIFICATES_FILE.name}"] = CERTIFICATES_FILE.read_bytes()
    files[REQUIREMENTS] = (root / FOLDER / REQUIREMENTS).read_bytes()
    dag_files = {key for key in files if key.endswith(".py") and key.count("/") == 1}
    return {key: files[key] for key in sorted(files, key=lambda key: (key in dag_files, key))}


def upload_history(s3: Any, bucket: str, root: Path = ROOT) -> Iterator[str]:
    """Upload the changed files of the Spark job; yield a line for each, and one if the archive is missing."""
    files, archive = history_contents(root), root / ARCHIVE
    if archive.exists():
        files[f"{HISTORY_FOLDER}{ARCHIVE.name}"] = archive.read_bytes()
    for key, content in files.items():
        if put_if_changed(s3, bucket, key, content):
            yield f"{key} uploaded"
    if not archive.exists():
        yield f"{ARCHIVE} is not built, so todo_history_rebuild uses the last uploaded one: docs/deploy.md"


def history_contents(root: Path = ROOT) -> dict[str, bytes]:
    """Return the content of the Spark job's entry point and of the archive of its code, by object key."""
    files = read_files(root / FOLDER / "todo_insights", {".py", ".sql", ".toml"}, root / FOLDER)
    return {
        f"{HISTORY_FOLDER}main.py": files["todo_insights/history/__main__.py"],
        f"{HISTORY_FOLDER}todo_insights.zip": zip_bytes(files),
    }
