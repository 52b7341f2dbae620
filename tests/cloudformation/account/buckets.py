"""Buckets really exist: in the S3 that a test brings along."""

from typing import Any

from botocore.exceptions import ClientError

from tests.cloudformation.account.errors import Failed
from tests.cloudformation.account.state import Resource


def make(s3: Any, bucket: Resource) -> None:
    """Create a bucket as its properties say."""
    s3.create_bucket(Bucket=bucket.physical)
    configure(s3, bucket)


def configure(s3: Any, bucket: Resource) -> None:
    """Switch the versions of objects on or off, as the properties say."""
    status = bucket.properties.get("VersioningConfiguration", {}).get("Status")
    if status:
        s3.put_bucket_versioning(Bucket=bucket.physical, VersioningConfiguration={"Status": status})


def drop(s3: Any, bucket: Resource) -> None:
    """Delete a bucket; raise Failed if a version or a delete marker of anything is left in it."""
    found = s3.list_object_versions(Bucket=bucket.physical, MaxKeys=1)
    if found.get("Versions") or found.get("DeleteMarkers"):
        raise Failed(
            "The bucket you tried to delete is not empty. You must delete all versions in the bucket."
        )
    try:
        s3.delete_bucket(Bucket=bucket.physical)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchBucket":
            raise Failed(error.response["Error"]["Message"]) from error


def read(s3: Any, bucket: str, key: str) -> str:
    """Return the text of an object."""
    return str(s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode())
