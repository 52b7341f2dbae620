"""The list of stacks, and their templates as JSON text."""

from collections.abc import Iterable
from pathlib import Path

from cloudformation import airflow, data, foundation, lake, monitoring, network, queries, synth, views, webapp
from cloudformation.settings import ENVIRONMENTS, Settings

# The stacks in the order of creation: a stack may take the outputs of earlier stacks as parameters.
STACKS = {
    "foundation": foundation.build,
    "network": network.build,
    "data": data.build,
    "lake": lake.build,
    "views": views.build,
    "queries": queries.build,
    "webapp": webapp.build,
    "airflow": airflow.build,
    "monitoring": monitoring.build,
}


def stack_name(settings: Settings, stack: str) -> str:
    """Return the name of a stack in AWS, with which CloudFormation begins the names of the resources."""
    return f"{settings.project}-{settings.environment}-{stack}"


def render(environments: Iterable[str]) -> dict[Path, str]:
    """Return the JSON text of every template by its path relative to the folder of templates."""
    return {
        Path(environment) / f"{stack}.json": synth.to_text(build(ENVIRONMENTS[environment]))
        for environment in environments
        for stack, build in STACKS.items()
    }
