"""The deletion of an environment: the steps before AWS can delete a stack, and the search for leftovers."""

from collections.abc import Iterator
from typing import Any

from cloudformation.settings import Settings
from cloudformation.stacks import stack_name


def release_stack(session: Any, name: str) -> None:
    """Empty the buckets of a stack, and switch off the protection of the stack and of its database."""
    cfn = session.client("cloudformation")
    cfn.update_termination_protection(StackName=name, EnableTerminationProtection=False)
    pages = cfn.get_paginator("list_stack_resources").paginate(StackName=name)
    existing = "StackResourceSummaries[?PhysicalResourceId && ResourceStatus != 'DELETE_COMPLETE']"
    for each in pages.search(existing):
        if each["ResourceType"] == "AWS::S3::Bucket":
            empty_bucket(session.resource("s3").Bucket(each["PhysicalResourceId"]))
        elif each["ResourceType"] == "AWS::DocDB::DBCluster":
            disable_protection(session.client("rds"), each["PhysicalResourceId"])


def empty_bucket(bucket: Any) -> None:
    """Delete every version, delete marker and unfinished upload of a bucket of `boto3.resource("s3")`.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-bucket.html

    A missing bucket counts as empty. If new objects arrive, CloudFormation refuses to delete the bucket, and
    the next run of the command empties it again.
    """
    try:
        bucket.object_versions.delete()
        for upload in bucket.multipart_uploads.all():
            upload.abort()
    except bucket.meta.client.exceptions.NoSuchBucket:
        return


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


def clean_up(session: Any, settings: Settings) -> Iterator[str]:
    """Delete leftover log groups, secrets and unused keys; yield a line for each resource that AWS lists.

    https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html
    """
    _delete_log_groups(session.client("logs"), settings)
    used_keys, days = _used_keys(session.client("docdb")), settings.key_deletion_days
    filters = [{"Key": key, "Values": [settings.tags[key]]} for key in ("Project", "Environment")]
    tagging = session.client("resourcegroupstaggingapi")
    pages = tagging.get_paginator("get_resources").paginate(TagFilters=filters)
    for arn in pages.search("ResourceTagMappingList[].ResourceARN"):
        service = arn.split(":")[2]
        if service == "secretsmanager":
            secrets = session.client("secretsmanager")
            if "DeletedDate" not in secrets.describe_secret(SecretId=arn):
                secrets.delete_secret(SecretId=arn, RecoveryWindowInDays=days)
            remedy = "`aws secretsmanager restore-secret` keeps it"
            yield f"{arn}: a secret that AWS deletes within {days} days; {remedy}"
        elif service == "kms" and arn not in used_keys:
            kms = session.client("kms")
            key = kms.describe_key(KeyId=arn)["KeyMetadata"]
            if key["KeyState"] != "PendingDeletion":
                kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=days)
            yield f"{arn}: a key that AWS deletes within {days} days"
        else:
            yield f"{arn}: check this resource; AWS lists a deleted resource for up to an hour"


def _delete_log_groups(logs: Any, settings: Settings) -> None:
    """Delete log groups that a service created again by writing log lines after the stack was deleted.

    In prod, the API's log is kept, as the option DeleteOnTerminate in cloudformation/webapp/options.py
    specifies.
    """
    prefixes = [f"airflow-{stack_name(settings, 'airflow')}-", f"/aws/docdb/{stack_name(settings, 'data')}"]
    if not settings.final_snapshot:
        prefixes.append(f"/aws/elasticbeanstalk/{stack_name(settings, 'webapp')}/")
    for prefix in prefixes:
        pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix)
        for name in pages.search("logGroups[].logGroupName"):
            logs.delete_log_group(logGroupName=name)


def _used_keys(docdb: Any) -> set[str]:
    """Return the KMS keys that clusters and snapshots use; a restored cluster uses the snapshot's key."""
    clusters = docdb.get_paginator("describe_db_clusters").paginate()
    snapshots = docdb.get_paginator("describe_db_cluster_snapshots").paginate(SnapshotType="manual")
    return {*clusters.search("DBClusters[].KmsKeyId"), *snapshots.search("DBClusterSnapshots[].KmsKeyId")}
