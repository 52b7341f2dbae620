"""The picture of all stacks, drawn from their rendered templates: docs/stacks.svg."""

from collections.abc import Mapping
from pathlib import Path

from cloudformation.picture import graph, layout, svg


def draw(rendered: Mapping[Path, str]) -> str:
    """Return the SVG of the stacks whose templates were rendered, of all environments in one picture.

    Args:
        rendered: what `stacks.render` returns; the same templates always give the same picture.
    """
    stacks = graph.read(rendered)
    return svg.text_of(layout.arrange(stacks), stacks)
