"""Charts as inline SVG, drawn by pygal; the style sheet of the page sets their colours and fonts."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal
from xml.etree import ElementTree

import pygal
from markupsafe import Markup
from pygal.etree import etree

Series = Mapping[str, Sequence[float | None]]
Kind = Literal["bars", "stacked bars", "lines"]

_CHARTS = {"bars": pygal.Bar, "stacked bars": pygal.StackedBar, "lines": pygal.Line}
# The size of a chart in CSS pixels: half as wide as the page. On a narrow screen the browser scales the chart
# down.
_WIDTH, _HEIGHT = 500, 230
_LABELS = 7
_STEPS = 5
_SHARES = [0, 0.25, 0.5, 0.75, 1]


def chart(kind: Kind, name: str, labels: Sequence[str], series: Series, percent: bool = False) -> Markup:
    """Draw a chart with one value per label for each series; `name` is the text for screen readers.

    With `percent`, the values are shares from 0 to 1 and are shown in percent.
    """
    # pygal uses lxml if lxml is installed, and Airflow installs lxml. This call makes pygal use the standard
    # library instead, because the code below needs the types of the standard library.
    etree.to_etree()
    ticks = _SHARES if percent else _ticks(kind, series)
    drawn = _CHARTS[kind](
        width=_WIDTH,
        height=_HEIGHT,
        explicit_size=False,
        css=[],
        js=[],
        no_prefix=True,
        show_legend=False,
        margin=8,
        margin_left=14,
        margin_right=26,
        margin_bottom=14,
        spacing=6,
        x_labels=list(labels),
        x_labels_major_count=_LABELS,
        show_minor_x_labels=len(labels) <= _LABELS,
        truncate_label=-1,
        value_formatter=_percent if percent else _number,
        range=(0, ticks[-1]),
        y_labels=ticks,
        dots_size=2.5,
        stroke_style={"width": 2},
        allow_interruptions=True,
    )
    for title, values in series.items():
        drawn.add(title, list(values))
    root = drawn.render_tree()
    _simplify(root, name)
    # The markup is safe, because pygal has escaped all texts in the XML tree.
    return Markup(ElementTree.tostring(root, encoding="unicode"))  # noqa: S704


def _ticks(kind: Kind, series: Series) -> list[float]:
    """The labels of the vertical axis: whole numbers from 0 to the largest value or just above it."""
    top = sum if kind == "stacked bars" else max
    columns = zip(*series.values(), strict=True)
    highest = max((top(value or 0 for value in column) for column in columns), default=0)
    magnitude = 10 ** max(len(str(int(highest))) - 2, 0)
    step = magnitude * next(each for each in (1, 2, 5, 10, 20, 25) if each * magnitude * _STEPS >= highest)
    return [step * number for number in range(max(math.ceil(highest / step), 1) + 1)]


def _percent(value: float) -> str:
    return f"{value:.0%}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def _simplify(root: Any, name: str) -> None:
    """Remove pygal's style and script, and replace tooltips, which need the script, by titles."""
    root.attrib.pop("id", None)
    root.set("role", "img")
    root.set("aria-label", name)
    for parent in list(root.iter()):
        for child in list(parent):
            tag = child.tag.rpartition("}")[2] if isinstance(child.tag, str) else "comment"
            if tag in ("defs", "comment", "title") or "tooltip-overlay" in child.get("class", ""):
                parent.remove(child)
        _set_title(parent)


def _set_title(element: Any) -> None:
    notes = [each for each in element if isinstance(each.tag, str) and each.tag.endswith("desc")]
    text = {each.get("class"): each.text for each in notes}
    for each in notes:
        element.remove(each)
    if "value" in text:
        title = ElementTree.Element("title")
        title.text = ": ".join(filter(None, (text.get("x_label"), text["value"])))
        element.insert(0, title)
