"""What an environment left behind: found by its tags, and by names where AWS makes things without them."""

from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from cloudformation.account.keys import keys_in_use
from cloudformation.account.leftover import Fate, Leftover
from cloudformation.account.log_groups import find_groups
from cloudformation.account.presence import is_absent, look_at, snapshot_verdict
from cloudformation.account.tagged import tagged
from cloudformation.settings import Settings
from cloudformation.stacks import stack_name

__all__ = ["Fate", "Leftover", "leftovers"]

Client = Callable[[str], Any]
ORDER = list(Fate)
KEY = "the key of a snapshot; once that is deleted, destroy deletes the key, too"


def leftovers(client: Client, settings: Settings) -> list[Leftover]:
    """Return what is left of an environment, what must go first.

    An environment is gone when nothing here must go. Of IAM roles the tags are not listed; they are nothing
    but what the stacks made, and go with them.
    """
    carrying = (look_at(client, arn) for arn in tagged(client, settings))
    named = (*_log_groups(client, settings), *_snapshots(client, settings), *_beanstalk_bucket(client))
    # By name more is known of a resource than by its tags, so that entry replaces the other.
    found = {each.arn: each for each in (*carrying, *named) if each}
    for key in keys_in_use(client("docdb")) & found.keys():
        if found[key].fate is Fate.MUST_GO:
            found[key] = Leftover(key, KEY, Fate.KEPT)
    return sorted(found.values(), key=lambda each: (ORDER.index(each.fate), each.arn))


def _log_groups(client: Client, settings: Settings) -> Iterator[Leftover]:
    for group in find_groups(client("logs"), settings):
        if group.kept:
            why = f"the API's log, kept {settings.log_days} days"
            yield Leftover(group.arn, why, Fate.KEPT)
        else:
            yield Leftover(group.arn, "a log that was written to after its stack was gone: delete it")


def _snapshots(client: Client, settings: Settings) -> Iterator[Leftover]:
    pages = client("docdb").get_paginator("describe_db_cluster_snapshots")
    # All, since DocumentDB is asked for those of a cluster only while there is the cluster.
    for page in pages.paginate(SnapshotType="manual"):
        for snapshot in page["DBClusterSnapshots"]:
            if snapshot["DBClusterIdentifier"] == stack_name(settings, "data"):
                fate, why = snapshot_verdict(snapshot)
                yield Leftover(snapshot["DBClusterSnapshotArn"], why, fate)


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
