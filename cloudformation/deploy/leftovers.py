"""What an environment leaves behind after its stacks are deleted."""

from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from cloudformation.settings import Settings
from cloudformation.stacks import stack_name

Client = Callable[[str], Any]


def clean_up(client: Client, settings: Settings) -> Iterator[str]:
    """Delete late log groups and unused keys, then yield a line for each resource that is left.

    https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html

    AWS lists a resource by its tags for some time after its deletion. Buckets, keys, secrets and the database
    are looked up, because they hold data or cost money; other resources are named as listed.
    """
    delete_log_groups(client("logs"), settings)
    snapshot_keys = _snapshot_keys(client("docdb"))
    filters = [{"Key": key, "Values": [settings.tags[key]]} for key in ("Project", "Environment")]
    pages = client("resourcegroupstaggingapi").get_paginator("get_resources").paginate(TagFilters=filters)
    for arn in (each["ResourceARN"] for page in pages for each in page["ResourceTagMappingList"]):
        try:
            line = _describe(client, settings, arn, snapshot_keys)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            line = (
                None
                if code in ("404", "NoSuchBucket") or "NotFound" in code
                else f"{code}: cannot be looked up"
            )
        if line:
            yield f"{arn}: {line}"


def delete_log_groups(logs: Any, settings: Settings) -> None:
    """Delete the groups that a service created again when its last lines arrived after the stack was gone.

    In prod, the API's log is kept; DeleteOnTerminate in cloudformation/webapp/options.py says the same.
    """
    prefixes = [f"airflow-{stack_name(settings, 'airflow')}-", f"/aws/docdb/{stack_name(settings, 'data')}/"]
    if not settings.final_snapshot:
        prefixes.append(f"/aws/elasticbeanstalk/{stack_name(settings, 'webapp')}/")
    for prefix in prefixes:
        for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix):
            for group in page["logGroups"]:
                logs.delete_log_group(logGroupName=group["logGroupName"])


def _describe(client: Client, settings: Settings, arn: str, snapshot_keys: set[str]) -> str | None:
    """Return a description of the resource if it exists; raise ClientError if AWS does not find it."""
    service, resource = arn.split(":", 5)[2], arn.split(":", 5)[5]
    if service == "s3":
        client("s3").head_bucket(Bucket=resource)
        return "a bucket that a replacement kept; save its data, then delete it"
    if service == "secretsmanager":
        deleted = client("secretsmanager").describe_secret(SecretId=arn).get("DeletedDate")
        return f"a secret that AWS deletes on {deleted:%Y-%m-%d}" if deleted else "a secret; delete it"
    if service == "kms":
        return _describe_key(client("kms"), settings, arn, arn in snapshot_keys)
    if service == "rds" and resource.startswith("cluster-snapshot:"):
        return "the final snapshot; delete it when it is no longer needed"
    if service == "rds":
        return "part of the database; run the command again"
    return "listed by its tags; AWS lists a deleted resource for up to an hour"


def _describe_key(kms: Any, settings: Settings, arn: str, needed: bool) -> str:
    key = kms.describe_key(KeyId=arn)["KeyMetadata"]
    if key["KeyState"] == "PendingDeletion":
        return f"a key that AWS deletes on {key['DeletionDate']:%Y-%m-%d}"
    if needed:
        return "the key of a snapshot; after the snapshot is deleted, this command deletes the key"
    kms.schedule_key_deletion(KeyId=arn.rpartition("/")[2], PendingWindowInDays=settings.key_deletion_days)
    return f"a key that AWS deletes in {settings.key_deletion_days} days"


def _snapshot_keys(docdb: Any) -> set[str]:
    """Return the keys of all clusters and snapshots; a restored cluster keeps the key."""
    clusters = docdb.get_paginator("describe_db_clusters").paginate()
    snapshots = docdb.get_paginator("describe_db_cluster_snapshots").paginate(SnapshotType="manual")
    found = [each for page in clusters for each in page["DBClusters"]]
    found += [each for page in snapshots for each in page["DBClusterSnapshots"]]
    return {each["KmsKeyId"] for each in found if "KmsKeyId" in each}
