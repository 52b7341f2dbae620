"""What a picture consists of; all measures are pixels, from the upper left corner."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Span:
    """Some text in one style."""

    text: str
    style: str = "name"


@dataclass(frozen=True)
class Line:
    """One line of text on a baseline."""

    x: float
    y: float
    spans: tuple[Span, ...]
    anchor: str = "start"


@dataclass(frozen=True)
class Pill:
    """The name of a stack on its colour."""

    x: float
    y: float
    name: str


@dataclass
class Box:
    """A frame with text, and the heights at which lines come in and go out."""

    name: str
    x: float
    y: float
    height: float = 0
    lines: list[Line] = field(default_factory=list)
    pills: list[Pill] = field(default_factory=list)
    rules: list[float] = field(default_factory=list)
    """Heights at which a thin line parts the box."""
    comes_in: dict[str, float] = field(default_factory=dict)
    goes_out: float = 0


@dataclass(frozen=True)
class Wire:
    """A line from `start` to `end`, of the colour of the stack whose outputs it stands for."""

    name: str
    start: tuple[float, float]
    end: tuple[float, float]
    title: str
    arrow: bool = False


@dataclass(frozen=True)
class Picture:
    """Everything to be drawn, in drawing order."""

    height: float
    heading: tuple[Line, ...]
    wires: tuple[Wire, ...]
    boxes: tuple[Box, ...]
