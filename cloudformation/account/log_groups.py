"""The log groups that services of AWS make, or make anew, under names of their own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from cloudformation.account.presence import is_absent
from cloudformation.settings import Settings
from cloudformation.stacks import stack_name


@dataclass(frozen=True)
class LogGroup:
    """A log group that belongs to an environment by its name."""

    name: str
    arn: str
    kept: bool
    """Whether it is meant to be read after the environment is gone."""


def find_groups(logs: Any, settings: Settings) -> Iterator[LogGroup]:
    """Give every log group named after one of the environment's stacks.

    https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/AWSHowTo.cloudwatchlogs.html
    https://docs.aws.amazon.com/mwaa/latest/userguide/monitoring-airflow.html
    https://docs.aws.amazon.com/documentdb/latest/developerguide/event-auditing.html
    """
    for prefix, kept in _prefixes(settings).items():
        for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix):
            for group in page["logGroups"]:
                yield LogGroup(group["logGroupName"], group["arn"].removesuffix(":*"), kept)


def remove_groups(logs: Any, settings: Settings) -> list[str]:
    """Delete what a service wrote after its stack was gone, and return the names of those groups.

    For the end of a teardown: the last lines of an instance arrive when the group was already deleted, and
    make another one, without key and for ever.
    """
    names = [group.name for group in find_groups(logs, settings) if not group.kept]
    for name in names:
        try:
            logs.delete_log_group(logGroupName=name)
        except ClientError as error:
            # Beanstalk deletes its own, too, some time after the environment.
            if not is_absent(error):
                raise
    return names


def _prefixes(settings: Settings) -> Mapping[str, bool]:
    """Return how names begin, and whether those groups outlive the environment."""
    return {
        # As DeleteOnTerminate has it in cloudformation/webapp/options.py.
        f"/aws/elasticbeanstalk/{stack_name(settings, 'webapp')}/": settings.final_snapshot,
        f"airflow-{stack_name(settings, 'airflow')}-": False,
        f"/aws/docdb/{stack_name(settings, 'data')}/": False,
    }
