"""Reads the files of artefacts, and writes the changed files to the artefact bucket."""

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from botocore.exceptions import ClientError

ROOT = Path(__file__).parents[2]
# The CA certificates of DocumentDB.
CERTIFICATES_FILE = Path(__file__).with_name("global-bundle.pem")
# Values of the zip format: the earliest date, the code of Unix, and the mode of a file that anyone may read.
_EARLIEST, _UNIX, _READABLE_FILE = (1980, 1, 1, 0, 0, 0), 3, 0o100644


def read_files(folder: Path, types: set[str], base: Path) -> dict[str, bytes]:
    """Return the content of the files of these types (suffixes or names) by their path relative to `base`."""
    return {
        path.relative_to(base).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if {path.suffix, path.name} & types and path.is_file()
    }


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    """Return a zip archive of these files that has the same bytes on every machine.

    Files are stored without compression, because zlib's output differs between versions.
    """
    archive_bytes = BytesIO()
    with ZipFile(archive_bytes, "w", ZIP_STORED) as archive:
        for path, content in sorted(files.items()):
            entry = ZipInfo(path, _EARLIEST)
            entry.create_system = _UNIX
            entry.external_attr = _READABLE_FILE << 16
            archive.writestr(entry, content)
    return archive_bytes.getvalue()


def put_if_changed(s3: Any, bucket: str, key: str, content: bytes) -> bool:
    """Write the object unless it has this content; return whether it was written.

    S3 verifies the checksum and rejects a damaged upload.
    """
    if stored_version(s3, bucket, key, content):
        return False
    s3.put_object(Bucket=bucket, Key=key, Body=content, ChecksumAlgorithm="SHA256")
    return True


def stored_version(s3: Any, bucket: str, key: str, content: bytes) -> str | None:
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
