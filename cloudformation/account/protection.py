"""What has to be switched off before a protected database can be deleted."""

import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from cloudformation.errors import DeployError

POLLS = 60
POLL_SECONDS = 5.0


def lift_protection(docdb: Any, cluster: str, sleep: Callable[[float], None] = time.sleep) -> bool:
    """Let a cluster be deleted; return whether it was protected.

    https://docs.aws.amazon.com/documentdb/latest/developerguide/db-cluster-delete.html

    For after the confirmation alone. A cluster that does not exist is not protected. Waits until the change
    is made, since a cluster that is being modified cannot be deleted; raises DeployError if that takes longer
    than five minutes.
    """
    found = _describe(docdb, cluster)
    if not found or not found["DeletionProtection"]:
        return False
    docdb.modify_db_cluster(DBClusterIdentifier=cluster, DeletionProtection=False, ApplyImmediately=True)
    for _ in range(POLLS):
        found = _describe(docdb, cluster)
        if not found or (not found["DeletionProtection"] and found["Status"] == "available"):
            return True
        sleep(POLL_SECONDS)
    raise DeployError(
        f"The cluster {cluster} has not taken up the change of its protection, or is busy with another one: "
        f"its status is {found['Status']}. Run the command again once it is available."
    )


def _describe(docdb: Any, cluster: str) -> dict[str, Any]:
    """Return what DocumentDB says of a cluster, nothing if there is none."""
    try:
        clusters = docdb.describe_db_clusters(DBClusterIdentifier=cluster)["DBClusters"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "DBClusterNotFoundFault":
            return {}
        raise
    return dict(clusters[0])
