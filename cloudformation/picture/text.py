"""How wide text is, without asking a font: the picture must come out the same on every machine."""

from collections.abc import Iterable, Iterator

# Widths of the characters from space to tilde in thousandths of the size, from Helvetica's published metrics
# (Arial and Liberation Sans have the same).
WIDTHS = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778,
    722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278,
    278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
    556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
)  # fmt: skip
# What bold letters, and the widest font that a reader may see instead (DejaVu Sans), take more.
BOLD = 1.15
WIDEST = 1.17

SEPARATOR = " · "


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Return the room in pixels that a line needs in any of the fonts that the picture asks for."""
    thousandths = sum(WIDTHS[ord(letter) - 32] if " " <= letter <= "~" else 600 for letter in text)
    return thousandths / 1000 * size * WIDEST * (BOLD if bold else 1)


def wrapped(
    words: Iterable[str], size: float, room: float, *, taken: float = 0, separator: str = SEPARATOR
) -> Iterator[str]:
    """Yield the words as lines no wider than `room` pixels; of the first line `taken` are in use already."""
    line = ""
    for word in words:
        longer = f"{line}{separator}{word}" if line else word
        if width(longer, size) <= room - taken:
            line = longer
            continue
        yield line
        line, taken = word, 0
    yield line
