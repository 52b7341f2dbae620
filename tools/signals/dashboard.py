"""Renders the dashboard of the CloudFormation template as an HTML page, for a local product."""

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pygal
from pygal.style import DefaultStyle

from tools.signals.alarms import TEMPLATE, load_alarms, metric_names
from tools.signals.evaluator import Samples, aggregate
from tools.signals.samples import name_of_route

# The size in pixels of one unit of the grid on which CloudWatch places charts.
UNIT_WIDTH, UNIT_HEIGHT = 80, 56
SEARCH = re.compile(r"""MetricName="(?P<name>\w+)".*', '(?P<statistic>\w+)'""")
STYLE = """body{font:14px sans-serif;margin:8px} div{position:absolute;overflow:hidden} h2{margin:8px 4px}
ul{columns:2;margin:4px;padding:0;list-style:none;line-height:1.45} .raised{color:crimson;font-weight:bold}
.ok{color:green} .none{color:#767676} p{text-align:center;margin-top:60px}"""


@dataclass(frozen=True)
class Content:
    """What the dashboard shows.

    `raised` has a remark on each alarm that was raised in these minutes. `labels` has the texts of the time
    axis by minute.
    """

    samples: Samples
    minutes: range
    labels: Mapping[int, str]
    raised: Mapping[str, str]


def render(content: Content) -> str:
    """Return the page as HTML; a chart without samples says so."""
    resources = json.loads(TEMPLATE.read_text())["Resources"]
    body = json.loads(resources["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"])
    placed = "\n".join(_place(each, _widget(each, content)) for each in body["widgets"])
    return f"<!doctype html><meta charset=utf-8><title>Dashboard</title><style>{STYLE}</style>{placed}"


def _place(widget: dict[str, Any], content: str) -> str:
    left, top = widget["x"] * UNIT_WIDTH, widget["y"] * UNIT_HEIGHT
    width, height = widget["width"] * UNIT_WIDTH, widget["height"] * UNIT_HEIGHT
    return f'<div style="left:{left}px;top:{top}px;width:{width}px;height:{height}px">{content}</div>'


def _widget(widget: dict[str, Any], content: Content) -> str:
    properties = widget["properties"]
    if widget["type"] == "text":
        return f"<h2>{html.escape(properties['markdown'].lstrip('# '))}</h2>"
    if widget["type"] == "alarm":
        return f"<b>Alarms</b><ul>{''.join(_alarms(content))}</ul>"
    return _chart(widget, content)


def _alarms(content: Content) -> Iterator[str]:
    """Yield one item per alarm: red if raised, green if not, grey if the product has no data for it."""
    for title, alarm in sorted(load_alarms().items()):
        quiet = "ok" if metric_names(alarm) <= content.samples.keys() else "none"
        remark = content.raised.get(title, "")
        text = html.escape(f"{title}: {remark}" if remark else title)
        yield f'<li class="{"raised" if remark else quiet}">{text}</li>'


def _chart(widget: dict[str, Any], content: Content) -> str:
    properties = widget["properties"]
    step = properties["period"] // 60
    starts = range(content.minutes.start, content.minutes.stop, step)
    chart = pygal.Line(
        width=widget["width"] * UNIT_WIDTH,
        height=widget["height"] * UNIT_HEIGHT,
        title=properties["title"],
        style=DefaultStyle(title_font_size=17, label_font_size=11, legend_font_size=12),
        legend_at_bottom=True,
        legend_at_bottom_columns=1,
        show_minor_x_labels=False,
        x_label_rotation=30,
        truncate_legend=40,
        max_scale=6,
        include_x_axis=True,
        stroke_style={"width": 2},
        # In a chart, minutes without values are a gap in the line.
        allow_interruptions=True,
        show_dots=len(starts) < 50,
        js=[],
        disable_xml_declaration=True,
    )
    chart.x_labels = [_label(content.labels, range(each, each + step)) for each in starts]
    chart.x_labels_major = [each for each in chart.x_labels if each]
    for name, statistic in _metrics(properties, content.samples):
        samples = content.samples.get(name, {})
        values = [aggregate(samples, statistic, range(each, each + step)) for each in starts]
        if any(value is not None for value in values):
            chart.add(f"{name} {statistic}", values)
    if not chart.raw_series:
        return f'<p class="none"><b>{html.escape(properties["title"])}</b><br>no data here</p>'
    for line in properties.get("annotations", {}).get("horizontal", []):
        chart.add(line["label"], [line["value"]] * len(starts), show_dots=False)
    return str(chart.render(is_unicode=True))


def _label(labels: Mapping[int, str], minutes: range) -> str:
    return next((labels[minute] for minute in minutes if minute in labels), "")


def _metrics(properties: dict[str, Any], samples: Samples) -> Iterator[tuple[str, str]]:
    """Yield the name and the statistic of each metric of a chart.

    A row with a search expression stands for several metrics, one per route.
    """
    for row in properties["metrics"]:
        if isinstance(row[-1], dict) and "stat" in row[-1]:
            yield row[1], row[-1]["stat"]
        elif found := SEARCH.search(row[0]["expression"]):
            for name in sorted(samples):
                if name.startswith(name_of_route(found["name"], "")):
                    yield name, found["statistic"]
