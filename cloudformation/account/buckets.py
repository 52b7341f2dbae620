"""Emptying a bucket of every version, since S3 deletes none that still holds one."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from cloudformation.errors import DeployError

# Access logs and query results go on arriving while a bucket is emptied.
ROUNDS = 5
PAUSE_SECONDS = 2.0
# What S3 says of an object when it is busy; the next round takes that object again.
PASSING = frozenset({"InternalError", "OperationAborted", "ServiceUnavailable", "SlowDown"})


def empty_bucket(
    s3: Any, name: str, report: Callable[[int], None], sleep: Callable[[float], None] = time.sleep
) -> int:
    """Delete every version, delete marker and unfinished upload, and return how many there were.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-bucket.html

    `report` hears the number so far. A bucket that does not exist is empty. Raises DeployError if S3 refuses
    to delete something, or the bucket fills as fast as it is emptied.
    """
    gone = 0
    for attempt in range(ROUNDS):
        # The second round only makes sure; what it still finds is worth a pause.
        if attempt > 1:
            sleep(PAUSE_SECONDS)
        found = False
        try:
            for emptied in _sweep(s3, name):
                found = True
                gone += emptied
                report(gone)
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchBucket":
                return gone
            raise
        if not found:
            return gone
    raise DeployError(
        f"The bucket {name} is still not empty after {ROUNDS} rounds: something goes on writing to it. "
        "Stop what writes, or wait an hour for the last access logs, and run the command again."
    )


def _sweep(s3: Any, name: str) -> Iterator[int]:
    """Delete all there is; gives how much of each page is gone, which is 0 if S3 was busy with all of it."""
    truncated = True
    while truncated:
        # Always the first page, of 1000 at most: where a page begins is said by a version, which is gone.
        page = s3.list_object_versions(Bucket=name)
        listed = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        deleted = 0
        if listed:
            objects = [{"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in listed]
            answer = s3.delete_objects(Bucket=name, Delete={"Objects": objects, "Quiet": True})
            deleted = len(objects) - _count_passing(name, answer)
            yield deleted
        truncated = page["IsTruncated"] and deleted > 0
    for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=name):
        for upload in page.get("Uploads", []):
            s3.abort_multipart_upload(Bucket=name, Key=upload["Key"], UploadId=upload["UploadId"])
            yield 1


def _count_passing(name: str, answer: Mapping[str, Any]) -> int:
    """Return how many objects are left for the next round; S3 answers 200 even if it deleted nothing."""
    errors = answer.get("Errors", [])
    for error in errors:
        if error["Code"] not in PASSING:
            raise DeployError(
                f"S3 does not delete {error['Key']} from {name}: {error['Code']}, {error.get('Message')}. "
                "Let the role that deploys delete versions there, and run the command again."
            )
    return len(errors)
