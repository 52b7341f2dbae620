"""The keys that outlive their stack: deleted once nothing lies under them any more."""

from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from cloudformation.account.presence import is_absent
from cloudformation.account.tagged import tagged
from cloudformation.settings import Settings

Client = Callable[[str], Any]
# In which states a key can be told to go.
PRESENT = ("Enabled", "Disabled")


def delete_keys(client: Client, settings: Settings) -> list[str]:
    """Schedule the deletion of every key of an environment that no database needs, and return their ARNs.

    https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html

    For the end of a teardown: stacks take their keys along, except the one that a snapshot lies under.
    """
    kms, needed = client("kms"), keys_in_use(client("docdb"))
    going = [arn for arn in tagged(client, settings, "kms:key") if arn not in needed and _is_there(kms, arn)]
    for arn in going:
        kms.schedule_key_deletion(
            KeyId=arn.rpartition("/")[2], PendingWindowInDays=settings.key_deletion_days
        )
    return going


def keys_in_use(docdb: Any) -> set[str]:
    """Return the keys of all clusters and of all snapshots that stay, whatever those are called.

    A cluster restored from a snapshot has another name, but the same key.
    """
    return set(_keys(docdb))


def _keys(docdb: Any) -> Iterator[str]:
    for page in docdb.get_paginator("describe_db_clusters").paginate():
        yield from (each["KmsKeyId"] for each in page["DBClusters"] if "KmsKeyId" in each)
    for page in docdb.get_paginator("describe_db_cluster_snapshots").paginate(SnapshotType="manual"):
        yield from (each["KmsKeyId"] for each in page["DBClusterSnapshots"] if "KmsKeyId" in each)


def _is_there(kms: Any, arn: str) -> bool:
    try:
        state = kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"]
    except ClientError as error:
        # The tags of a key are listed for a while after it is gone.
        if is_absent(error):
            return False
        raise
    return state in PRESENT
