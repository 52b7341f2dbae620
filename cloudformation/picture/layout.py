"""Where everything lies: boxes left and right of a gutter, in which each stack has a lane of its own."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from cloudformation.picture.boxes import WIDTH, stack_box, text_box
from cloudformation.picture.graph import DEPLOYMENT, Node
from cloudformation.picture.shapes import Box, Line, Picture, Span, Wire

MARGIN = 24
GUTTER = 176
LANE = 20
GAP = 28
HEADING = 92
RIGHT = MARGIN + WIDTH + GUTTER

LEGEND = (
    "A stack reads outputs of stacks above it: an output and the parameters that take it have the same name. "
    "The pill beside some names, and the line that ends there, show by name and colour where they come from.",
    "A stack is created once all those it reads are there; stacks of the same step need not wait for each "
    "other. Deleting goes from the bottom up.",
    "The number before a type counts its resources in all environments together. What only one environment "
    "has names it in brackets.",
)


def arrange(nodes: Sequence[Node]) -> Picture:
    """Return the picture of the deployment and the stacks: layer below layer, two boxes to a row."""
    boxes: list[Box] = []
    legend = [("How to read this picture", LEGEND)]
    top = float(HEADING)
    for row in _rows(nodes):
        placed = [
            stack_box(node, x, top, left=x == MARGIN) for node, x in zip(row, (MARGIN, RIGHT), strict=False)
        ]
        if len(row) == 1 and legend:
            placed.append(text_box(*legend.pop(), RIGHT, top))
        top = max(box.y + box.height for box in placed) + GAP
        boxes += placed
    return Picture(top - GAP + MARGIN, _heading(nodes), _wires(nodes, boxes), tuple(boxes))


def _rows(nodes: Sequence[Node]) -> Iterator[Sequence[Node]]:
    def height(node: Node) -> int:
        return max(node.layer, 0)

    for _, layer in groupby(sorted(nodes, key=height), key=height):
        members = list(layer)
        yield from (members[start : start + 2] for start in range(0, len(members), 2))


def _heading(nodes: Sequence[Node]) -> tuple[Line, Line]:
    stacks = [node for node in nodes if node.name != DEPLOYMENT]
    values = {name for node in stacks for group in node.reads for name in group.names}
    counts = (
        f"{len(stacks)} stacks, {sum(node.resources for node in stacks)} resources, "
        f"{len(values)} values handed on by name. Drawn from cloudformation/templates."
    )
    return (
        Line(MARGIN, 48, (Span("Todo API with Insights: the stacks", "picture"),)),
        Line(MARGIN, 72, (Span(counts, "quiet"),)),
    )


def _wires(nodes: Sequence[Node], boxes: Sequence[Box]) -> tuple[Wire, ...]:
    """Return a lane for each box that is read, then the ways to and from the lanes, which cross others."""
    read = [node.name for node in nodes if any(node.name in box.comes_in for box in boxes)]
    first = MARGIN + WIDTH + (GUTTER - LANE * (len(read) - 1)) / 2
    lanes, ways = [], []
    for number, name in enumerate(read):
        x = first + number * LANE
        source = next(box for box in boxes if box.name == name)
        readers = [box for box in boxes if name in box.comes_in]
        title = f"{name} is read by {', '.join(box.name for box in readers)}"
        lowest = max(box.comes_in[name] for box in readers)
        lanes.append(Wire(name, (x, source.goes_out), (x, lowest), title))
        ways.append(Wire(name, (_edge(source), source.goes_out), (x, source.goes_out), title))
        for box in readers:
            title = f"{box.name} reads from {name}: {', '.join(_names(nodes, box.name, name))}"
            ways.append(
                Wire(name, (x, box.comes_in[name]), (_edge(box), box.comes_in[name]), title, arrow=True)
            )
    return (*lanes, *ways)


def _edge(box: Box) -> float:
    return box.x + WIDTH if box.x == MARGIN else box.x


def _names(nodes: Sequence[Node], reader: str, source: str) -> Sequence[str]:
    groups = next(node for node in nodes if node.name == reader).reads
    return next(group.names for group in groups if group.heading == source)
