"""The DAGs and their requirements, as MWAA reads them from its bucket."""

from pathlib import Path
from typing import Any

from cloudformation.artefacts.bundle import CERTIFICATES_FILE, ROOT
from cloudformation.artefacts.storage import put_if_changed, stored_version
from cloudformation.errors import DeployError

FOLDER = "dags/"
REQUIREMENTS = "requirements.txt"
# The types and names of files that are uploaded; other files, such as notes and caches, are skipped.
TYPES = {".py", ".sql", ".toml", ".html", ".css", ".js"}
NAMES = {".airflowignore", "constraints.txt"}


def upload(s3: Any, bucket: str, root: Path = ROOT) -> list[str]:
    """Upload `dags/` and `requirements.txt`, delete objects of removed files, and return the changes.

    requirements.txt gets a new S3 version only with new content, because MWAA installs the requirements again
    for every new version.
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
    files = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in (root / FOLDER).rglob("*")
        if path.is_file() and (path.suffix in TYPES or path.name in NAMES)
    }
    files[f"{FOLDER}certificates/{CERTIFICATES_FILE.name}"] = CERTIFICATES_FILE.read_bytes()
    files[REQUIREMENTS] = (root / FOLDER / REQUIREMENTS).read_bytes()
    return {key: files[key] for key in sorted(files, key=lambda key: (_is_dag_file(key), key))}


def _is_dag_file(key: str) -> bool:
    return key.endswith(".py") and key.count("/") == 1
