"""The list of stacks, and their templates as text."""

from collections.abc import Iterable
from pathlib import Path

from cloudformation import airflow, data, foundation, lake, monitoring, network, synth, webapp
from cloudformation.settings import ENVIRONMENTS, Settings

# In the order in which they are created; a stack gets the outputs of those before it.
STACKS = {
    "foundation": foundation.build,
    "network": network.build,
    "data": data.build,
    "lake": lake.build,
    "webapp": webapp.build,
    "airflow": airflow.build,
    "monitoring": monitoring.build,
}


def stack_name(settings: Settings, stack: str) -> str:
    """Return what a stack is called in the account, and with it whatever is named after its stack."""
    return f"{settings.project}-{settings.environment}-{stack}"


def render(environments: Iterable[str]) -> dict[Path, str]:
    """Return the text of every stack's template, keyed by its path below the folder of templates."""
    return {
        Path(environment) / f"{stack}.json": synth.text_of(build(ENVIRONMENTS[environment]))
        for environment in environments
        for stack, build in STACKS.items()
    }
