"""Objects in the artefact bucket, which are written only if their content has changed."""

import hashlib
from base64 import b64encode
from typing import Any

from botocore.exceptions import ClientError


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

    In a bucket without versions, the version is "null".
    """
    try:
        # With a KMS key, the ETag is not a digest of the content.
        found = s3.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED")
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return None
        raise
    checksum = b64encode(hashlib.sha256(content).digest()).decode()
    return str(found.get("VersionId", "null")) if found.get("ChecksumSHA256") == checksum else None
