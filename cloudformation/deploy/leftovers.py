"""The leftovers of an environment: resources that still exist after its stacks were deleted."""

from collections.abc import Callable, Iterator
from typing import Any

from cloudformation.settings import Settings
from cloudformation.stacks import stack_name

Client = Callable[[str], Any]


def clean_up(client: Client, settings: Settings) -> Iterator[str]:
    """Delete leftover log groups, secrets and unused keys; yield a line for each resource that AWS lists.

    https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
    """
    _delete_log_groups(client("logs"), settings)
    snapshot_keys, kms = _snapshot_keys(client("docdb")), client("kms")
    filters = [{"Key": key, "Values": [settings.tags[key]]} for key in ("Project", "Environment")]
    pages = client("resourcegroupstaggingapi").get_paginator("get_resources").paginate(TagFilters=filters)
    for arn in (each["ResourceARN"] for page in pages for each in page["ResourceTagMappingList"]):
        if arn.split(":")[2] == "secretsmanager":
            yield f"{arn}: {_delete_secret(client('secretsmanager'), arn, settings.key_deletion_days)}"
            continue
        if arn.split(":")[2] != "kms" or arn in snapshot_keys:
            yield f"{arn}: check this resource; AWS lists a deleted resource for up to an hour"
            continue
        key = kms.describe_key(KeyId=arn)["KeyMetadata"]
        if key["KeyState"] != "PendingDeletion":
            kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=settings.key_deletion_days)
        yield f"{arn}: a key that AWS deletes within {settings.key_deletion_days} days"


def _delete_log_groups(logs: Any, settings: Settings) -> None:
    """Delete log groups that a service created again by writing log lines after the stack was deleted.

    In prod, the API's log is kept, as the option DeleteOnTerminate in cloudformation/webapp/options.py
    specifies.
    """
    prefixes = [f"airflow-{stack_name(settings, 'airflow')}-", f"/aws/docdb/{stack_name(settings, 'data')}"]
    if not settings.final_snapshot:
        prefixes.append(f"/aws/elasticbeanstalk/{stack_name(settings, 'webapp')}/")
    for prefix in prefixes:
        for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix):
            for group in page["logGroups"]:
                logs.delete_log_group(logGroupName=group["logGroupName"])


def _delete_secret(secrets: Any, arn: str, days: int) -> str:
    """Delete a secret with a recovery window.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html
    """
    if "DeletedDate" not in secrets.describe_secret(SecretId=arn):
        secrets.delete_secret(SecretId=arn, RecoveryWindowInDays=days)
    return f"a secret that AWS deletes within {days} days; `aws secretsmanager restore-secret` keeps it"


def _snapshot_keys(docdb: Any) -> set[str]:
    """Return the KMS keys that clusters and snapshots use; a restored cluster uses the snapshot's key."""
    clusters = docdb.get_paginator("describe_db_clusters").paginate()
    snapshots = docdb.get_paginator("describe_db_cluster_snapshots").paginate(SnapshotType="manual")
    found = [each for page in clusters for each in page["DBClusters"]]
    found += [each for page in snapshots for each in page["DBClusterSnapshots"]]
    return {each["KmsKeyId"] for each in found if "KmsKeyId" in each}
