"""The page of a report: format the numbers of the figures, and render the HTML template."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from .charts import chart
from .figures import Figure
from .period import Period

Figures = Mapping[str, Figure]

_MISSING = "\N{EN DASH}"
_HOURS = range(24)
# The groups of tasks by age in the view backlog_ageing.
_AGES = ("0 to 6", "7 to 29", "30 to 89", "90 and more")
# The figures at the top of the page (counts, rates and times), with the unit of each.
_KPIS = (
    ("active_users", "Active users", "count"),
    ("net_new_users", "New users, net", "count"),
    ("tasks_created", "Tasks created", "count"),
    ("tasks_completed", "Completions", "count"),
    ("tasks_reopened", "Tasks reopened", "count"),
    ("live_tasks", "Live tasks at the end", "count"),
    ("completion_rate", "Completion rate", "share"),
    ("on_time_rate", "On-time rate", "share"),
    ("median_hours", "Median cycle time", "hours"),
    ("p90_hours", "90 % completed within", "hours"),
)


@dataclass(frozen=True)
class Kpi:
    """A figure of the period as text, its change, and its value in the previous period if there is one."""

    label: str
    value: str
    change: str
    before: str


def render(period: Period, figures: Figures, environment: str, now: datetime) -> str:
    """Render the report as one HTML file that needs no other file."""
    script = (files(__package__) / "templates" / "report.js").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    html: str = _template().render(
        script=Markup(script),  # noqa: S704  # our own file
        script_hash=f"sha256-{digest}",
        period=period,
        figures=figures,
        environment=environment,
        now=now,
        newest=_newest_hour(figures["hours"]),
        kpis=_kpis(figures),
        charts=_charts(period, figures),
        cohorts=_cohorts(figures["cohorts"]),
        cohort_weeks=sorted({row["weeks_later"] for row in figures["cohorts"].rows}),
        quality=_quality(figures["hours"]),
        grid=_grid(figures["hours"]),
        hour_names=[f"{hour:02}" for hour in _HOURS],
    )
    return html


@cache
def _template() -> Any:
    environment = Environment(
        loader=PackageLoader(__package__),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"cell": _cell, "words": _words, "day": _day, "shade": _shade}
    return environment.get_template("report.html")


def _kpis(figures: Figures) -> list[Kpi]:
    periods: dict[str, dict[str, Any]] = {"current": {}, "previous": {}}
    for name in ("kpis", "cycle_times"):
        for row in figures[name].rows:
            periods[row["period"]] |= row
    now, before = periods["current"], periods["previous"]
    return [
        Kpi(
            label,
            _value(now.get(name), unit),
            _change(now.get(name), before.get(name), unit),
            _value(before[name], unit) if before.get(name) is not None else "",
        )
        for name, label, unit in _KPIS
    ]


def _value(value: float | None, unit: str) -> str:
    if value is None:
        return _MISSING
    if unit == "share":
        return f"{value:.1%}"
    return duration(value) if unit == "hours" else f"{value:,}"


def duration(hours: float) -> str:
    """A duration as text: in minutes below one hour, in days from 48 hours on, otherwise in hours."""
    if hours < 1:
        return f"{hours * 60:.0f} min"
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} d"


def _change(now: float | None, before: float | None, unit: str) -> str:
    """The change as text: in percent; if `before` is 0, as a number; for a share, in percentage points."""
    if now is None or before is None:
        return ""
    if now == before:
        return "no change"
    if unit == "share":
        points = (now - before) * 100
        return f"{_arrow(points)} {points:+.1f} points"
    if before == 0:
        return f"{_arrow(now)} {now:+,.0f}"
    share = (now - before) / abs(before)
    return f"{_arrow(share)} {share:+.0%}"


def _arrow(change: float) -> str:
    return "▲" if change > 0 else "▼"


def _charts(period: Period, figures: Figures) -> dict[str, Markup]:
    days = {row["dt"]: row for row in figures["days"].rows}
    labels = [_day(day) for day in period.all_days]

    def daily(name: str) -> list[int]:
        return [days.get(str(day), {}).get(name, 0) for day in period.all_days]

    weeks, cycles = figures["weeks"].rows, figures["cycle_times_by_week"].rows
    backlog = {row["age"]: row for row in figures["backlog"].rows}
    week_labels = [_day(row["week"]) for row in weeks]
    return {
        "days": chart(
            "bars",
            "Tasks created and completed by day",
            labels,
            {"Created": daily("tasks_created"), "Completed": daily("tasks_completed")},
        ),
        "users": chart("lines", "Active users by day", labels, {"Active users": daily("active_users")}),
        "weeks": chart(
            "bars",
            "Tasks created and completed by week",
            week_labels,
            {
                "Created": [row["tasks_created"] for row in weeks],
                "Completed": [row["tasks_completed"] for row in weeks],
            },
        ),
        "on_time": chart(
            "lines",
            "On-time rate by week",
            week_labels,
            {"On-time rate": [row["on_time_rate"] for row in weeks]},
            percent=True,
        ),
        "cycles": chart(
            "lines",
            "Cycle time in hours by week",
            [_day(row["week"]) for row in cycles],
            {
                "Median": [row["median_hours"] for row in cycles],
                "90th percentile": [row["p90_hours"] for row in cycles],
            },
        ),
        "backlog": chart(
            "stacked bars",
            "Open tasks by age in days",
            _AGES,
            {
                "Pending": [backlog.get(age, {}).get("pending_tasks") or 0 for age in _AGES],
                "In progress": [backlog.get(age, {}).get("in_progress_tasks") or 0 for age in _AGES],
            },
        ),
    }


def _cohorts(figure: Figure) -> list[dict[str, Any]]:
    """One row per cohort: its week, its number of users, and the share of users active in each later week."""
    found: dict[date, dict[str, Any]] = {}
    for row in figure.rows:
        cohort = found.setdefault(
            row["cohort"], {"week": row["cohort"], "users": row["cohort_users"], "weeks": {}}
        )
        cohort["weeks"][row["weeks_later"]] = row["retention"]
    return list(found.values())


def _quality(figure: Figure) -> dict[str, int]:
    """The number of hours by quality."""
    counts = dict.fromkeys(("complete", "late", "rejected", "provisional", "missing"), 0)
    for row in figure.rows:
        counts[row["quality"]] += 1
    return counts


def _grid(figure: Figure) -> dict[date, dict[int, dict[str, Any]]]:
    """The rows of the figure by day, the newest day first, and then by hour of the day."""
    days: dict[date, dict[int, dict[str, Any]]] = {}
    for row in reversed(figure.rows):
        days.setdefault(row["hour"].date(), {})[row["hour"].hour] = row
    return days


def _newest_hour(figure: Figure) -> str | None:
    """The end of the newest published hour, in UTC, as text."""
    published = [row["hour"] for row in figure.rows if row["quality"] != "missing"]
    return f"{published[-1] + timedelta(hours=1):%Y-%m-%d %H:%M}" if published else None


def _cell(value: Any, column: str) -> str:
    """A value of a query result as text for a cell of an HTML table."""
    if value is None:
        return _MISSING
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if column.endswith("_rate") or column == "retention":
        return f"{value:.1%}"
    if isinstance(value, float):
        return f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _words(column: str) -> str:
    """The name of a column as words for a heading."""
    return column.replace("_", " ").replace("p90", "90th percentile")


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"


def _shade(share: float) -> int:
    """The shade of a cell in a heat map, from 0 for a share of 0 to 5 for a share of 1."""
    return 0 if share == 0 else min(int(share * 5) + 1, 5)
