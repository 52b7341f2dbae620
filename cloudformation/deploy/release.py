"""The steps before AWS can delete a stack: empty its buckets, and switch off its deletion protection."""

import time
from typing import Any

from cloudformation.errors import DeployError

# A bucket is emptied several times, because access logs and query results may arrive in the meantime.
ROUNDS = 5


def release_stack(session: Any, name: str) -> None:
    """Empty the buckets of the stack, and switch off the protection of the stack and of its database."""
    cfn = session.client("cloudformation")
    cfn.update_termination_protection(StackName=name, EnableTerminationProtection=False)
    pages = cfn.get_paginator("list_stack_resources").paginate(StackName=name)
    for each in (resource for page in pages for resource in page["StackResourceSummaries"]):
        if each["ResourceStatus"] == "DELETE_COMPLETE" or not each.get("PhysicalResourceId"):
            continue
        if each["ResourceType"] == "AWS::S3::Bucket":
            empty_bucket(session.resource("s3").Bucket(each["PhysicalResourceId"]))
        elif each["ResourceType"] == "AWS::DocDB::DBCluster":
            disable_protection(session.client("rds"), each["PhysicalResourceId"])


def empty_bucket(bucket: Any) -> None:
    """Delete every version, delete marker and unfinished upload of a bucket of `boto3.resource("s3")`.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-bucket.html

    A missing bucket counts as empty. Raises DeployError if new objects arrive in every one of ROUNDS rounds.
    """
    for _ in range(ROUNDS):
        try:
            deleted = bucket.object_versions.delete()
            aborted = [upload.abort() for upload in bucket.multipart_uploads.all()]
        except bucket.meta.client.exceptions.NoSuchBucket:
            return
        if not deleted and not aborted:
            return
        time.sleep(1)
    raise DeployError(
        f"The bucket {bucket.name} is not empty after {ROUNDS} rounds, because new objects arrive. "
        "Stop the writer, or wait an hour for the last access logs, and run the command again."
    )


def disable_protection(rds: Any, cluster: str) -> None:
    """Switch off the deletion protection of the cluster and wait until the cluster is available.

    https://docs.aws.amazon.com/documentdb/latest/developerguide/db-cluster-delete.html

    RDS and DocumentDB have the same API, but only botocore's client of RDS can wait for a cluster.
    """
    try:
        rds.describe_db_clusters(DBClusterIdentifier=cluster)
    except rds.exceptions.DBClusterNotFoundFault:
        return
    rds.modify_db_cluster(DBClusterIdentifier=cluster, DeletionProtection=False, ApplyImmediately=True)
    rds.get_waiter("db_cluster_available").wait(DBClusterIdentifier=cluster, WaiterConfig={"Delay": 5})
