"""The DAGs and their requirements, as MWAA reads them from its bucket."""

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cloudformation.artefacts.brought import Brought
from cloudformation.errors import DeployError

ROOT = Path(__file__).resolve().parents[2]
FOLDER = "dags/"
REQUIREMENTS = "requirements.txt"
CERTIFICATES = "cloudformation/artefacts/global-bundle.pem"
# What DAGs are made of; notes, caches and what editors leave behind stay here.
KINDS = {".py", ".sql", ".toml"}
NAMES = {".airflowignore", "constraints.txt"}


def bring(s3: Any, bucket: str, *, upload: bool, root: Path = ROOT) -> Brought:
    """Make the bucket's `dags/` and `requirements.txt` equal to the checkout at `root`.

    What is there already is left alone, and so is all that lies beside the two. The value is the S3 version
    of requirements.txt; it changes with the content alone, since MWAA installs anew for every other version.
    https://docs.aws.amazon.com/mwaa/latest/userguide/working-dags-dependencies.html

    With `upload=False` nothing is written, and the value is None if requirements.txt would get a new version.
    Raises DeployError for a file that the checkout lacks, and for a bucket that keeps no versions.
    """
    wanted = contents(root)
    keys = [*_keys(s3, bucket, FOLDER), *_keys(s3, bucket, REQUIREMENTS)]
    there = {key: _head(s3, bucket, key) for key in keys if key in wanted}
    differing = [key for key in wanted if there.get(key, {}).get("ChecksumSHA256") != _checksum(wanted[key])]
    surplus = [key for key in keys if key not in wanted and key.startswith(FOLDER)]
    written = {key: _put(s3, bucket, key, wanted[key]) for key in differing} if upload else {}
    for key in surplus if upload else ():
        s3.delete_object(Bucket=bucket, Key=key)
    return Brought(
        value=None if REQUIREMENTS in differing and not upload else _version(bucket, {**there, **written}),
        changes=(
            *(f"{key} {'changed' if key in there else 'added'}" for key in differing),
            *(f"{key} removed" for key in surplus),
        ),
    )


def contents(root: Path) -> dict[str, bytes]:
    """Return every file of the artefact by its key, in the order in which they go to the bucket.

    MWAA copies the folder to its machines every 30 seconds, so DAG files come after what they import.
    https://docs.aws.amazon.com/mwaa/latest/userguide/configuring-dag-folder.html
    """
    dags = root / FOLDER
    places = {
        path.relative_to(root).as_posix(): path
        for path in dags.rglob("*")
        if path.is_file() and (path.suffix in KINDS or path.name in NAMES)
    }
    places[f"{FOLDER}certificates/{Path(CERTIFICATES).name}"] = root / CERTIFICATES
    places[REQUIREMENTS] = dags / REQUIREMENTS
    return {key: _read(places[key]) for key in sorted(places, key=lambda key: (_is_dag_file(key), key))}


def _is_dag_file(key: str) -> bool:
    return key.endswith(".py") and key.count("/") == 1


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise DeployError(f"{path} is missing; `git checkout -- {path}` brings it back.") from None


def _keys(s3: Any, bucket: str, prefix: str) -> Iterator[str]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        yield from (found["Key"] for found in page.get("Contents", []))


def _head(s3: Any, bucket: str, key: str) -> dict[str, Any]:
    # Under a KMS key the ETag is no digest of the content; a checksum always is.
    found: dict[str, Any] = s3.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
    return found


def _put(s3: Any, bucket: str, key: str, content: bytes) -> dict[str, Any]:
    done: dict[str, Any] = s3.put_object(Bucket=bucket, Key=key, Body=content, ChecksumAlgorithm="SHA256")
    return done


def _checksum(content: bytes) -> str:
    return b64encode(hashlib.sha256(content).digest()).decode()


def _version(bucket: str, found: dict[str, dict[str, Any]]) -> str:
    version = found[REQUIREMENTS].get("VersionId", "null")
    if version == "null":
        raise DeployError(f"{bucket} keeps no versions, which MWAA needs; deploy the stack foundation again.")
    return str(version)
