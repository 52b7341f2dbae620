"""The artefact bucket: objects are written only if their content has changed."""

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from cloudformation.artefacts.contents import ARCHIVE, DAGS, REQUIREMENTS, ROOT, dag_objects, objects
from cloudformation.errors import DeployError


def upload(s3: Any, bucket: str, stack: str, root: Path = ROOT) -> Iterator[str]:
    """Upload the changed objects of a stack, delete those of removed DAG files; yield a line for each change.

    requirements.txt gets a new S3 version only if its content has changed, because MWAA installs the
    requirements again for every new version. S3 verifies the checksum and rejects a damaged upload.
    https://docs.aws.amazon.com/mwaa/latest/userguide/working-dags-dependencies.html
    """
    wanted = objects(stack, root)
    for key, content in wanted.items():
        if not _stored_version(s3, bucket, key, content):
            s3.put_object(Bucket=bucket, Key=key, Body=content, ChecksumAlgorithm="SHA256")
            yield f"{key} uploaded"
    if stack == "airflow":
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=DAGS)
        for key in {*pages.search("Contents[].Key")} - wanted.keys():
            s3.delete_object(Bucket=bucket, Key=key)
            yield f"{key} removed"
        if not (root / ARCHIVE).exists():
            yield f"{ARCHIVE} is not built: todo_history_rebuild uses the uploaded one, see docs/deploy.md"


def requirements_version(s3: Any, bucket: str, root: Path = ROOT) -> str:
    """Return the S3 version of requirements.txt; raises DeployError before its content is uploaded."""
    version = _stored_version(s3, bucket, REQUIREMENTS, dag_objects(root)[REQUIREMENTS])
    if version is None:
        raise DeployError(f"{bucket} does not have this {REQUIREMENTS} yet. Deploy the stack airflow.")
    return version


def _stored_version(s3: Any, bucket: str, key: str, content: bytes) -> str | None:
    """Return the S3 version of the object if its content is `content`, else None, also for a missing object.

    If the bucket is not versioned, the S3 version is "null".
    """
    try:
        # The checksum is compared, because the ETag of an object with a KMS key is no digest of the content.
        found = s3.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return None
        raise
    checksum = b64encode(hashlib.sha256(content).digest()).decode()
    return str(found.get("VersionId", "null")) if found.get("ChecksumSHA256") == checksum else None
