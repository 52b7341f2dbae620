"""Parameters that no stack puts out: what a deployment uploads, looks up or notes for them."""

from collections.abc import Callable, Mapping
from functools import partial

from cloudformation.account.platform import find_platform, running_platform
from cloudformation.account.stack import Stack
from cloudformation.account.zones import choose_zones
from cloudformation.artefacts import airflow, webapp
from cloudformation.artefacts.brought import Brought

# Stands in a plan for what only a deployment gets to know.
LATER = "known-after-deployment"
# How many uploads are told by name.
NAMED = 4


def _upload(
    bring: Callable[..., Brought],
    stack: Stack,
    before: str | None,
    bucket: str | None,
    *,
    dry: bool,
    **_: bool,
) -> str:
    if bucket is None:
        return LATER
    brought = bring(stack.environment.client("s3"), bucket, upload=not dry, root=stack.environment.root)
    if found := brought.changes:
        more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
        stack.log(f"{'would upload' if dry else 'uploaded'}: {', '.join(found[:NAMED])}{more}")
    return brought.value or LATER


def _look_up_platform(
    stack: Stack, before: str | None, bucket: str | None, *, upgrade: bool, **_: bool
) -> str:
    beanstalk = stack.environment.client("elasticbeanstalk")
    # Managed updates may have moved it on: going back to what was deployed is not wished.
    running = running_platform(beanstalk, stack.name) or before
    return find_platform(beanstalk, running, upgrade=upgrade)


def _note_hour(stack: Stack, before: str | None, bucket: str | None, **_: bool) -> str:
    """Return the hour of the first deployment, before which there is nothing to process."""
    return before or stack.environment.progress.now().replace(minute=0, second=0, microsecond=0).isoformat()


def _choose_zones(stack: Stack, before: str | None, bucket: str | None, **_: bool) -> str:
    """Return the zones of the first deployment, since a subnet cannot move to another one."""
    kept = before.split(",") if before else []
    return ",".join(choose_zones(stack.environment.client("ec2"), stack.environment.settings, kept))


# Each takes the stack, the value it has now, and the artefact bucket; `dry` is a plan, `upgrade` takes the
# newest platform.
BROUGHT: Mapping[str, Callable[..., str]] = {
    "ApplicationBundleKey": partial(_upload, webapp.bring),
    "FirstHour": _note_hour,
    "PlatformArn": _look_up_platform,
    "RequirementsVersion": partial(_upload, airflow.bring),
    "Zones": _choose_zones,
}
