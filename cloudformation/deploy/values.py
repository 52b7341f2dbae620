"""What the parameters of a stack are given: outputs of others, what is brought along, what operators wish."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cloudformation.account.platform import find_platform, running_platform
from cloudformation.account.stack import Json, Stack, parameters
from cloudformation.artefacts import airflow, webapp
from cloudformation.artefacts.brought import Brought
from cloudformation.deploy.order import sources
from cloudformation.errors import DeployError

UPLOADED: Mapping[str, Callable[..., Brought]] = {
    "ApplicationBundleKey": webapp.bring,
    "RequirementsVersion": airflow.bring,
}
PLATFORM = "PlatformArn"
# The hour of the first deployment, before which there is nothing to process.
FIRST_HOUR = "FirstHour"
# Stands in a plan for what only a deployment gets to know.
LATER = "known-after-deployment"
# How many uploads are told by name.
NAMED = 4


@dataclass(frozen=True)
class Wishes:
    """What an operator asks for; `given` has values of optional parameters, the others stay what they are."""

    given: Mapping[str, str] = field(default_factory=dict)
    only: str = ""
    allow_replace: bool = False
    upgrade_platform: bool = False
    dry: bool = False


def gather(stack: Stack, wishes: Wishes) -> dict[str, str]:
    """Return what other stacks put out and operators give, without a call about the stack itself.

    Raises DeployError for a value that nobody gives; a plan goes on with a stand-in.
    """
    declared, source = stack.template.get("Parameters", {}), sources(stack.site.templates)
    known: dict[str, str] = {}
    for title in sorted({source[name] for name in declared if name in source}):
        known |= Stack(stack.site, title).outputs()
    known |= wishes.given
    for name, parameter in declared.items():
        if name in known or "Default" in parameter or name in {PLATFORM, FIRST_HOUR, *UPLOADED}:
            continue
        if not wishes.dry:
            giver = f"the stack {source[name]}; deploy that first" if name in source else "nobody; see STACKS"
            raise DeployError(f"{stack.name} needs {name}, which is put out by {giver}")
        known[name] = LATER
    if wishes.only:
        stack.site.progress.table("Values taken", ("name", "value"), sorted(known.items()))
    return known


def complete(
    stack: Stack, current: Json | None, known: Mapping[str, str], wishes: Wishes
) -> dict[str, str | None]:
    """Return the value of each parameter, None for one that stays what it is.

    What is to be uploaded for this stack is uploaded here, unless this is a plan.
    """
    before = parameters(current)
    values: dict[str, str | None] = {}
    for name in stack.template.get("Parameters", {}):
        if name in known:
            values[name] = known[name]
        elif name in UPLOADED:
            values[name] = _upload(stack, UPLOADED[name], known.get("ArtefactBucketName"), dry=wishes.dry)
        elif name == PLATFORM:
            beanstalk = stack.site.client("elasticbeanstalk")
            # Managed updates may have moved it on: going back to what was deployed is not wished.
            now = running_platform(beanstalk, stack.name) or before.get(name)
            values[name] = find_platform(beanstalk, now, upgrade=wishes.upgrade_platform)
        elif name in before:
            values[name] = None
        elif name == FIRST_HOUR:
            values[name] = stack.site.progress.now().replace(minute=0, second=0, microsecond=0).isoformat()
    return values


def _upload(stack: Stack, bring: Callable[..., Brought], bucket: str | None, *, dry: bool) -> str:
    if bucket is None:
        return LATER
    brought = bring(stack.site.client("s3"), bucket, upload=not dry, root=stack.site.root)
    if found := brought.changes:
        more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
        stack.say(f"{'would upload' if dry else 'uploaded'}: {', '.join(found[:NAMED])}{more}")
    return brought.value or LATER
