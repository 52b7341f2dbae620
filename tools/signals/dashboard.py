"""Renders the dashboard of the CloudFormation template as an HTML page, for a local product."""

import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pygal
from pygal.style import DefaultStyle

from tools.signals.alarms import TEMPLATE, load_alarms, load_composite_alarms, members, metric_names
from tools.signals.evaluator import Json, Samples, Value, aggregate, calculate
from tools.signals.samples import name_of_route

# The size in pixels of one unit of the grid on which CloudWatch places charts.
UNIT_WIDTH, UNIT_HEIGHT = 80, 56
LINK = re.compile(r"\[(.+?)\]\(.+?\)")
SEARCH = re.compile(r"""MetricName="(?P<name>\w+)".*', '(?P<statistic>\w+)'""")
STYLE = """body{font:14px sans-serif;margin:8px} div{position:absolute;overflow:hidden} h2{margin:8px 4px}
h2 small{font:14px sans-serif;margin-left:24px}
ul{columns:2;margin:4px;padding:0;list-style:none;line-height:1.45} .raised{color:crimson;font-weight:bold}
.ok{color:green} .none{color:#767676} p{text-align:center;margin-top:60px}"""

STYLE_OF_CHARTS = DefaultStyle(
    title_font_size=17,
    label_font_size=12,
    major_label_font_size=12,
    legend_font_size=12,
    guide_stroke_color="#e4e4e4",
    major_guide_stroke_color="#c8c8c8",
)


@dataclass(frozen=True)
class Content:
    """The samples and texts of a dashboard for a range of minutes.

    `raised` has a remark on each alarm that was raised in these minutes. `labels` has short texts for the
    time axis, by minute, and `caption` explains these texts.
    """

    samples: Samples
    minutes: range
    labels: Mapping[int, str]
    raised: Mapping[str, str]
    caption: str


def render(content: Content) -> str:
    """Return the page as HTML; a chart without samples has the text "no data here"."""
    resources = json.loads(TEMPLATE.read_text())["Resources"]
    body = json.loads(resources["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"])
    placed = "\n".join(_place(each, _widget(each, content)) for each in body["widgets"])
    placed = placed.replace("</h2>", f"<small>{html.escape(content.caption)}</small></h2>", 1)
    return f"<!doctype html><meta charset=utf-8><title>Dashboard</title><style>{STYLE}</style>{placed}"


def _place(widget: Json, content: str) -> str:
    left, top = widget["x"] * UNIT_WIDTH, widget["y"] * UNIT_HEIGHT
    width, height = widget["width"] * UNIT_WIDTH, widget["height"] * UNIT_HEIGHT
    return f'<div style="left:{left}px;top:{top}px;width:{width}px;height:{height}px">{content}</div>'


def _widget(widget: Json, content: Content) -> str:
    properties = widget["properties"]
    if widget["type"] == "text":
        heading = LINK.sub(r"\1", properties["markdown"].lstrip("# "))
        return f"<h2>{html.escape(heading)}</h2>"
    if widget["type"] == "alarm":
        return f"<b>Alarms</b><ul>{''.join(_alarms(properties['alarms'], content))}</ul>"
    return _chart(widget, content)


def _alarms(arns: Sequence[str], content: Content) -> Iterator[str]:
    """Yield an item for each alarm: red if raised, green if not, grey if its metrics have no samples."""
    alarms, composites = load_alarms(), load_composite_alarms()
    known = {title for title, alarm in alarms.items() if metric_names(alarm) <= content.samples.keys()}
    known |= {title for title, alarm in composites.items() if members(alarm) & known}
    for title in (arn.removeprefix("${").removesuffix(".Arn}") for arn in arns):
        remark = content.raised.get(title, "")
        text = html.escape(f"{title}: {remark}" if remark else title)
        yield f'<li class="{"raised" if remark else "ok" if title in known else "none"}">{text}</li>'


def _chart(widget: Json, content: Content) -> str:
    properties = widget["properties"]
    step = properties["period"] // 60
    starts = range(content.minutes.start, content.minutes.stop, step)
    chart = pygal.Line(
        width=widget["width"] * UNIT_WIDTH,
        height=widget["height"] * UNIT_HEIGHT,
        title=properties["title"],
        style=STYLE_OF_CHARTS,
        legend_at_bottom=True,
        legend_at_bottom_columns=1,
        show_minor_x_labels=False,
        truncate_legend=40,
        truncate_label=-1,
        max_scale=6,
        include_x_axis=True,
        stroke_style={"width": 2},
        # Minutes without values are shown as a gap in the line.
        allow_interruptions=True,
        show_dots=len(starts) < 50,
        js=[],
        disable_xml_declaration=True,
    )
    chart.x_labels = [_label(content.labels, range(each, each + step)) for each in starts]
    chart.x_labels_major = [each for each in chart.x_labels if each]
    for label, values in _lines(properties, content.samples, [range(each, each + step) for each in starts]):
        if any(value is not None for value in values):
            chart.add(label, values)
    if not chart.raw_series:
        return f'<p class="none"><b>{html.escape(properties["title"])}</b><br>no data here</p>'
    for line in properties.get("annotations", {}).get("horizontal", []):
        values = [line["value"]] * len(starts)
        chart.add(line["label"], values, show_dots=False, stroke_style={"width": 2, "dasharray": "8, 5"})
    return str(chart.render(is_unicode=True))


def _label(labels: Mapping[int, str], minutes: range) -> str:
    return next((labels[minute] for minute in minutes if minute in labels), "")


def _lines(properties: Json, samples: Samples, periods: Sequence[range]) -> Iterator[tuple[str, list[Value]]]:
    """Yield the label of each line of a chart, and its value in each period.

    An element of `metrics` with a search expression stands for several metrics, one per route of the API. An
    element with another expression is calculated from the previous elements that have an id.
    """
    operands: dict[str, list[Value]] = {}
    for row in properties["metrics"]:
        if len(row) > 1:
            name, options = row[1], row[-1]
            values = _values(samples, name, options["stat"], periods)
            if "id" in options:
                operands[options["id"]] = values
            if options.get("visible", True):
                yield f"{name} {options['stat']}", values
        elif found := SEARCH.search(row[0]["expression"]):
            for name in sorted(each for each in samples if each.startswith(name_of_route(found["name"], ""))):
                yield f"{name} {found['statistic']}", _values(samples, name, found["statistic"], periods)
        else:
            expression, label = row[0]["expression"], row[0]["label"]
            by_period = (
                dict(zip(operands, each, strict=True)) for each in zip(*operands.values(), strict=True)
            )
            yield label, [calculate(expression, values) for values in by_period]


def _values(samples: Samples, name: str, statistic: str, periods: Sequence[range]) -> list[Value]:
    return [aggregate(samples.get(name, {}), statistic, each) for each in periods]
