"""What the parameters of a stack are given: outputs of others, what is brought along, what operators wish."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cloudformation.account.stack import Json, Stack, parameters
from cloudformation.deploy.order import sources
from cloudformation.errors import DeployError
from cloudformation.parameters import BROUGHT, LATER


@dataclass(frozen=True)
class DeployOptions:
    """What an operator asks for; `given` has values of optional parameters, the others stay what they are."""

    given: Mapping[str, str] = field(default_factory=dict)
    only: str = ""
    allow_replace: bool = False
    upgrade_platform: bool = False
    despite_alarms: bool = False
    dry: bool = False


def gather(stack: Stack, options: DeployOptions) -> dict[str, str]:
    """Return what other stacks put out and operators give, without a call about the stack itself.

    Raises DeployError for a value that nobody gives; a plan goes on with a stand-in.
    """
    declared, source = stack.template.get("Parameters", {}), sources(stack.environment.templates)
    known: dict[str, str] = {}
    for title in sorted({source[name] for name in declared if name in source}):
        known |= Stack(stack.environment, title).outputs()
    known |= options.given
    for name, parameter in declared.items():
        if name in known or name in BROUGHT or "Default" in parameter:
            continue
        if not options.dry:
            giver = f"the stack {source[name]}; deploy that first" if name in source else "nobody; see STACKS"
            raise DeployError(f"{stack.name} needs {name}, which is put out by {giver}")
        known[name] = LATER
    if options.only:
        stack.environment.progress.table("Values taken", ("name", "value"), sorted(known.items()))
    return known


def complete(
    stack: Stack, current: Json | None, known: dict[str, str], options: DeployOptions
) -> dict[str, str | None]:
    """Return the value of each parameter, None for one that stays what it is.

    What is to be uploaded for this stack is uploaded here, unless this is a plan.
    """
    before, values = parameters(current), dict[str, str | None]()
    for name in stack.template.get("Parameters", {}):
        if name in known:
            values[name] = known[name]
        elif name in BROUGHT:
            bring, bucket = BROUGHT[name], known.get("ArtefactBucketName")
            values[name] = bring(
                stack, before.get(name), bucket, dry=options.dry, upgrade=options.upgrade_platform
            )
        elif name in before:
            values[name] = None
    return values
