"""Renders the dashboard of the CloudFormation template as an HTML page, for a local product."""

import html
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pygal
from pygal.style import DefaultStyle

from tools.signals.alarms import TEMPLATE, AlarmState, State
from tools.signals.evaluator import Samples, aggregate

# The size in pixels of one unit of the grid on which CloudWatch places charts.
UNIT_WIDTH, UNIT_HEIGHT = 64, 44
COLOURS = {State.OK: "green", State.ALARM: "crimson", State.NO_DATA: "grey"}


def render(samples: Samples, alarms: Sequence[AlarmState], minutes: range) -> str:
    """Return the page as HTML; a chart without samples says so."""
    resources = json.loads(TEMPLATE.read_text())["Resources"]
    body = json.loads(resources["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"])
    placed = "\n".join(_place(each, _content(each, samples, alarms, minutes)) for each in body["widgets"])
    style = "body{font:13px sans-serif} div{position:absolute;overflow:hidden} h2{margin:2px}"
    return f"<!doctype html><meta charset=utf-8><title>Dashboard</title><style>{style}</style>{placed}"


def _place(widget: dict[str, Any], content: str) -> str:
    left, top = widget["x"] * UNIT_WIDTH, widget["y"] * UNIT_HEIGHT
    width, height = widget["width"] * UNIT_WIDTH, widget["height"] * UNIT_HEIGHT
    return f'<div style="left:{left}px;top:{top}px;width:{width}px;height:{height}px">{content}</div>'


def _content(widget: dict[str, Any], samples: Samples, alarms: Sequence[AlarmState], minutes: range) -> str:
    properties = widget["properties"]
    if widget["type"] == "text":
        return f"<h2>{html.escape(properties['markdown'].lstrip('# '))}</h2>"
    if widget["type"] == "alarm":
        return "<b>Alarms</b><br>" + " ".join(_alarm(each) for each in alarms)
    return _chart(widget, samples, minutes)


def _alarm(alarm: AlarmState) -> str:
    return f'<span style="color:{COLOURS[alarm.state]}">{html.escape(alarm.title)}</span>'


def _chart(widget: dict[str, Any], samples: Samples, minutes: range) -> str:
    properties = widget["properties"]
    step = properties["period"] // 60
    starts = range(minutes.start - minutes.start % step, minutes.stop, step)
    chart = pygal.Line(
        width=widget["width"] * UNIT_WIDTH,
        height=widget["height"] * UNIT_HEIGHT,
        title=properties["title"],
        no_data_text="no data here",
        style=DefaultStyle(no_data_font_size=16),
        legend_at_bottom=True,
        show_minor_x_labels=False,
        x_labels_major_count=4,
        js=[],
        disable_xml_declaration=True,
    )
    chart.x_labels = [f"{datetime.fromtimestamp(each * 60, UTC):%d %H:%M}" for each in starts]
    for name, statistic in _metrics(properties):
        values = [aggregate(samples.get(name, {}), statistic, range(each, each + step)) for each in starts]
        if any(value is not None for value in values):
            chart.add(f"{name} {statistic}", values)
    for line in properties.get("annotations", {}).get("horizontal", []):
        if chart.raw_series:
            chart.add(line["label"], [line["value"]] * len(starts), show_dots=False)
    return str(chart.render(is_unicode=True))


def _metrics(properties: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the name and statistic of each metric; skips search expressions, which find metrics by route."""
    for row in properties["metrics"]:
        if isinstance(row[-1], dict) and "stat" in row[-1]:
            yield row[1], row[-1]["stat"]
