"""What one box says, line by line, from its title down."""

from collections.abc import Sequence

from cloudformation.picture.graph import DEPLOYMENT, Group, Node
from cloudformation.picture.shapes import Box, Line, Pill, Span
from cloudformation.picture.text import SEPARATOR, width, wrapped

WIDTH = 488
PADDING = 16
LINE = 16
TEXT = 12
PILL_WIDTH, PILL_HEIGHT = 98, 18
# Where headings begin that have a count before them.
COUNTED = 26
# What is read lies on a grid of this height, and the lines of boxes that stand side by side meet the gutter a
# quarter above and below it: two lines never lie on each other.
GRID = 8


def stack_box(node: Node, x: float, y: float, *, left: bool) -> Box:
    """Return the box of a node; lines reach it from the right if it stands on the `left`."""
    box = Box(node.name, x, y)
    shift = (-GRID if left else GRID) / 4
    box.goes_out = y + 20 + shift
    box.lines.append(Line(x + PADDING, y + 28, (Span(node.name, "title"),)))
    if node.name != DEPLOYMENT:
        count = (Span(f"step {node.layer + 1}: {node.resources} resources", "quiet"),)
        box.lines.append(Line(x + WIDTH - PADDING, y + 28, count, "end"))
    box.lines.append(Line(x + PADDING, y + 47, (Span(node.says, "quiet"),)))
    bottom = y + 56
    for group in node.reads:
        bottom = _reading(box, group, bottom, shift)
    bottom = _rule(box, bottom)
    for group in node.holds:
        if node.name == DEPLOYMENT:
            bottom = _holding(box, group, bottom, counted=False, separator=" ")
        else:
            bottom = _holding(box, group, bottom, counted=True)
    if node.unread:
        bottom = _holding(box, Group("also puts out", node.unread), _rule(box, bottom), counted=False)
    box.height = bottom + 10 - y
    return box


def text_box(title: str, paragraphs: Sequence[str], x: float, y: float) -> Box:
    """Return a box of plain text under a title."""
    box = Box(title, x, y)
    box.lines.append(Line(x + PADDING, y + 28, (Span(title, "title"),)))
    bottom = y + 36
    for paragraph in paragraphs:
        for line in wrapped(paragraph.split(), TEXT, WIDTH - 2 * PADDING, separator=" "):
            bottom += LINE
            box.lines.append(Line(x + PADDING, bottom, (Span(line),)))
        bottom += 6
    box.height = bottom + 8 - y
    return box


def _reading(box: Box, group: Group, top: float, shift: float) -> float:
    """Write which values come from one stack, and a pill with its name at the side of the gutter."""
    left = shift < 0
    pill = box.x + (WIDTH - PADDING - PILL_WIDTH if left else PADDING)
    box.pills.append(Pill(pill, top + 3, group.heading))
    box.comes_in[group.heading] = top + 12 + shift
    text, anchor = (pill - 10, "end") if left else (pill + PILL_WIDTH + 10, "start")
    for line in wrapped(group.names, TEXT, WIDTH - 2 * PADDING - PILL_WIDTH - 10):
        top += LINE
        box.lines.append(Line(text, top, (Span(line),), anchor))
    return top + GRID


def _holding(box: Box, group: Group, top: float, *, counted: bool, separator: str = SEPARATOR) -> float:
    """Write a heading and, running on behind it, its names, or the words of its explanation."""
    indent = PADDING + (COUNTED if counted else 0)
    room = WIDTH - indent - PADDING
    if counted:
        number = (Span(str(len(group.names)), "quiet"),)
        box.lines.append(Line(box.x + indent - 8, top + LINE, number, "end"))
    taken = width(f"{group.heading}   ", TEXT, bold=True)
    spans = [Span(group.heading, "heading")]
    for line in wrapped(group.names, TEXT, room, taken=taken, separator=separator):
        top += LINE
        box.lines.append(Line(box.x + indent, top, (*spans, Span(line))))
        spans = []
    return top + 3


def _rule(box: Box, top: float) -> float:
    box.rules.append(top + 4)
    return top + 7
