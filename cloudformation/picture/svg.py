"""A picture as SVG: text stays text, and what it shows is also told to those who do not see it."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle
from xml.sax.saxutils import escape

from cloudformation.picture.boxes import PADDING, PILL_HEIGHT, PILL_WIDTH, TEXT, WIDTH
from cloudformation.picture.graph import DEPLOYMENT, Node
from cloudformation.picture.layout import MARGIN, RIGHT
from cloudformation.picture.shapes import Box, Line, Picture, Pill, Wire

PAGE = RIGHT + WIDTH + MARGIN
# White text has a contrast of 4.5 or more on each of them (WCAG 2.2, 1.4.3).
COLOURS = ("#3d444d", "#6f42c1", "#0a62c4", "#a8480c", "#0b7570", "#b8196b", "#3d7420", "#57606a")
STYLE = f"""<style>
text {{ font: {TEXT}px Helvetica, Arial, "Liberation Sans", sans-serif; fill: #1f2328 }}
.picture {{ font-size: 22px; font-weight: bold }}
.title {{ font-size: 18px; font-weight: bold }}
.heading {{ font-weight: bold }}
.quiet {{ fill: #59636e }}
.pill {{ font-size: 11px; font-weight: bold; fill: #ffffff }}
.box {{ fill: #ffffff; stroke-width: 1.5 }}
.rule {{ stroke: #d1d9e0 }}
.wire {{ stroke-width: 2; stroke-linecap: square }}
.under {{ stroke: #ffffff; stroke-width: 5 }}
</style>"""


def text_of(picture: Picture, nodes: Sequence[Node]) -> str:
    """Return the file as it is committed, one shape to a line so that a diff shows what changed."""
    colours = dict(zip((node.name for node in nodes), cycle(COLOURS), strict=False))
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {PAGE} {picture.height:g}" width="{PAGE}" '
        f'height="{picture.height:g}" role="img" aria-labelledby="title description">',
        f'<title id="title">{escape(picture.heading[0].spans[0].text)}</title>',
        f'<desc id="description">{escape(_description(nodes))}</desc>',
        STYLE,
        # A page of its own, so that it can be read on a dark one.
        f'<rect width="{PAGE}" height="{picture.height:g}" rx="12" fill="#ffffff"/>',
        *(_wire(wire, colours[wire.name]) for wire in picture.wires),
        *(_line(line) for line in picture.heading),
        *(line for box in picture.boxes for line in _box(box, colours)),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _description(nodes: Sequence[Node]) -> str:
    sentences = (
        f"{node.name} ({node.says}) reads {', '.join(group.heading for group in node.reads) or 'nothing'}."
        for node in nodes
        if node.name != DEPLOYMENT
    )
    return " ".join(sentences)


def _wire(wire: Wire, colour: str) -> str:
    """Draw a line with a dot where it begins and a tip where it ends, over white where it crosses others."""
    (x1, y1), (x2, y2) = wire.start, wire.end
    ahead = 8 if x2 > x1 else -8
    path = f"M{x1:g} {y1:g}L{x2 - (ahead if wire.arrow else 0):g} {y2:g}"
    under = f'<path class="under" d="M{x1 + ahead:g} {y1:g}H{x2 - ahead:g}"/>' if y1 == y2 else ""
    dot = f'<circle cx="{x1:g}" cy="{y1:g}" r="3" fill="{colour}"/>'
    tip = f'<path d="M{x2:g} {y2:g}l{-ahead} -4v8z" fill="{colour}"/>' if wire.arrow else ""
    drawn = f'{under}<path class="wire" stroke="{colour}" d="{path}"/>{dot}{tip}'
    return f"<g><title>{escape(wire.title)}</title>{drawn}</g>"


def _box(box: Box, colours: Mapping[str, str]) -> Iterator[str]:
    colour = colours.get(box.name, "#d1d9e0")
    yield (
        f'<rect class="box" x="{box.x:g}" y="{box.y:g}" width="{WIDTH}" height="{box.height:g}" rx="8" '
        f'stroke="{colour}"/>'
    )
    for y in box.rules:
        yield f'<path class="rule" d="M{box.x + PADDING:g} {y:g}h{WIDTH - 2 * PADDING}"/>'
    for pill in box.pills:
        yield from _pill(pill, colours[pill.name])
    for line in box.lines:
        yield _line(line)


def _pill(pill: Pill, colour: str) -> Iterator[str]:
    yield (
        f'<rect x="{pill.x:g}" y="{pill.y:g}" width="{PILL_WIDTH}" height="{PILL_HEIGHT}" rx="9" '
        f'fill="{colour}"/>'
    )
    middle = pill.x + PILL_WIDTH / 2
    yield f'<text class="pill" x="{middle:g}" y="{pill.y + 13:g}" text-anchor="middle">{pill.name}</text>'


def _line(line: Line) -> str:
    first, *others = line.spans
    rest = "".join(f' <tspan class="{span.style}" dx="3">{escape(span.text)}</tspan>' for span in others)
    text = f'<tspan class="{first.style}">{escape(first.text)}</tspan>{rest}'
    return f'<text x="{line.x:g}" y="{line.y:g}" text-anchor="{line.anchor}">{text}</text>'
