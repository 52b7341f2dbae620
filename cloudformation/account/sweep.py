"""What an environment left behind: found by its tags, and by names where AWS makes things without them."""

from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from cloudformation.account.leftover import Fate, Leftover
from cloudformation.account.log_groups import find_groups
from cloudformation.account.presence import is_absent, look_at, snapshot_verdict
from cloudformation.settings import Settings
from cloudformation.stacks import stack_name

__all__ = ["Fate", "Leftover", "leftovers"]

Client = Callable[[str], Any]
ORDER = list(Fate)


def leftovers(client: Client, settings: Settings) -> list[Leftover]:
    """Return what is left of an environment, what must go first.

    https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html

    An environment is gone when nothing here must go. Of IAM roles the tags are not listed; they are nothing
    but what the stacks made, and go with them.
    """
    tagged = (look_at(client, arn) for arn in _tagged(client, settings))
    named = (*_log_groups(client, settings), *_snapshots(client, settings), *_beanstalk_bucket(client))
    # By name more is known of a resource than by its tags, so that entry replaces the other.
    found = {each.arn: each for each in (*tagged, *named) if each}
    for key in _snapshot_keys(client, settings) & found.keys():
        if found[key].fate is Fate.MUST_GO:
            found[key] = Leftover(key, "the key of a snapshot; delete it after that", Fate.KEPT)
    return sorted(found.values(), key=lambda each: (ORDER.index(each.fate), each.arn))


def _tagged(client: Client, settings: Settings) -> Iterator[str]:
    filters = [{"Key": key, "Values": [settings.tags[key]]} for key in ("Project", "Environment")]
    pages = client("resourcegroupstaggingapi").get_paginator("get_resources").paginate(TagFilters=filters)
    for page in pages:
        for resource in page["ResourceTagMappingList"]:
            yield resource["ResourceARN"]


def _log_groups(client: Client, settings: Settings) -> Iterator[Leftover]:
    for group in find_groups(client("logs"), settings):
        if group.kept:
            why = f"the API's log, kept {settings.log_days} days"
            yield Leftover(group.arn, why, Fate.KEPT)
        else:
            yield Leftover(group.arn, "a log that was written to after its stack was gone: delete it")


def _snapshots(client: Client, settings: Settings) -> Iterator[Leftover]:
    for snapshot in _cluster_snapshots(client, settings):
        fate, why = snapshot_verdict(snapshot)
        yield Leftover(snapshot["DBClusterSnapshotArn"], why, fate)


def _snapshot_keys(client: Client, settings: Settings) -> set[str]:
    return {snapshot.get("KmsKeyId", "") for snapshot in _cluster_snapshots(client, settings)}


def _cluster_snapshots(client: Client, settings: Settings) -> Iterator[dict[str, Any]]:
    pages = client("docdb").get_paginator("describe_db_cluster_snapshots")
    # All, since DocumentDB is asked for those of a cluster only while there is the cluster.
    for page in pages.paginate(SnapshotType="manual"):
        for snapshot in page["DBClusterSnapshots"]:
            if snapshot["DBClusterIdentifier"] == stack_name(settings, "data"):
                yield snapshot


def _beanstalk_bucket(client: Client) -> Iterator[Leftover]:
    """https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/AWSHowTo.S3.html"""
    s3, caller = client("s3"), client("sts").get_caller_identity()
    name = f"elasticbeanstalk-{s3.meta.region_name}-{caller['Account']}"
    try:
        s3.head_bucket(Bucket=name)
    except ClientError as error:
        if is_absent(error):
            return
    partition = caller["Arn"].split(":")[1]
    why = "Elastic Beanstalk's own bucket, which all environments of the account share"
    yield Leftover(f"arn:{partition}:s3:::{name}", why, Fate.KEPT)
