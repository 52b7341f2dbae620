"""The steps before AWS can delete a stack: empty its buckets, and switch off its deletion protection."""

import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from cloudformation.deploy import stack
from cloudformation.errors import DeployError

Client = Callable[[str], Any]
# The number of times that a bucket is emptied, because access logs and query results may arrive meanwhile.
ROUNDS = 5
POLLS = 60


def release_stack(client: Client, name: str, sleep: Callable[[float], None] = time.sleep) -> None:
    """Empty the buckets of the stack, and switch off the protection of the database and of the stack."""
    cfn = client("cloudformation")
    found = stack.describe(cfn, name)
    if not found or found["StackStatus"] in stack.EMPTY_STATES:
        return
    if found.get("EnableTerminationProtection"):
        cfn.update_termination_protection(StackName=name, EnableTerminationProtection=False)
    for each in stack.resources(cfn, name):
        if each["ResourceType"] == "AWS::S3::Bucket":
            empty_bucket(client("s3"), each["PhysicalResourceId"], sleep)
        elif each["ResourceType"] == "AWS::DocDB::DBCluster":
            disable_protection(client("docdb"), each["PhysicalResourceId"], sleep)


def empty_bucket(s3: Any, name: str, sleep: Callable[[float], None] = time.sleep) -> None:
    """Delete every object version, delete marker and unfinished upload in a bucket.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-bucket.html

    A missing bucket counts as empty. Raises DeployError if new objects arrive in every one of ROUNDS rounds.
    """
    for _ in range(ROUNDS):
        try:
            if not _delete_versions(s3, name) and not _abort_uploads(s3, name):
                return
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchBucket":
                return
            raise
        sleep(1)
    raise DeployError(
        f"The bucket {name} is not empty after {ROUNDS} rounds, because new objects arrive. "
        "Stop the writer, or wait an hour for the last access logs, and run the command again."
    )


def disable_protection(docdb: Any, cluster: str, sleep: Callable[[float], None] = time.sleep) -> None:
    """Switch off the deletion protection of the cluster, and wait until the cluster is available.

    https://docs.aws.amazon.com/documentdb/latest/developerguide/db-cluster-delete.html

    Raises DeployError if the cluster is not available after five minutes.
    """
    try:
        found = docdb.describe_db_clusters(DBClusterIdentifier=cluster)["DBClusters"][0]
    except ClientError as error:
        if error.response["Error"]["Code"] == "DBClusterNotFoundFault":
            return
        raise
    if not found["DeletionProtection"]:
        return
    docdb.modify_db_cluster(DBClusterIdentifier=cluster, DeletionProtection=False, ApplyImmediately=True)
    for _ in range(POLLS):
        found = docdb.describe_db_clusters(DBClusterIdentifier=cluster)["DBClusters"][0]
        if not found["DeletionProtection"] and found["Status"] == "available":
            return
        sleep(5)
    raise DeployError(f"The cluster {cluster} is not available. Run the command again when it is available.")


def _delete_versions(s3: Any, name: str) -> bool:
    """Delete all versions; returns False if the bucket was empty. The next round retries failed deletions."""
    found = False
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
        listed = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if listed:
            found = True
            objects = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in listed]
            s3.delete_objects(Bucket=name, Delete={"Objects": objects, "Quiet": True})
    return found


def _abort_uploads(s3: Any, name: str) -> bool:
    found = False
    for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=name):
        for upload in page.get("Uploads", []):
            found = True
            s3.abort_multipart_upload(Bucket=name, Key=upload["Key"], UploadId=upload["UploadId"])
    return found
