"""Reads samples of metrics from the API's metrics file, and from the log lines of the pipeline."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from todo_insights.hourly.status import HourStatus, State

Json = dict[str, Any]
Series = dict[str, dict[int, list[float]]]

# A metrics file grows for weeks, and each task has its own log. So only the newest logs are read, and only
# the end of each file.
MAX_BYTES = 4 * 1024 * 1024
MAX_TASK_LOGS = 300
# On AWS, Beanstalk counts requests at the proxy. A local product has no proxy and uses the API's own counts.
SAME_AS = {
    "ApplicationRequestsTotal": "Requests",
    "ApplicationRequests4xx": "Errors4xx",
    "ApplicationRequests5xx": "Errors5xx",
}


@dataclass
class ApiSamples:
    """Samples of the API by metric and minute; metrics of one route have the names from `name_of_route`.

    `requests_by_route` and `latencies_by_route` contain only the newest minutes.
    """

    totals: Series = field(default_factory=lambda: defaultdict(dict))
    requests_by_route: Counter[str] = field(default_factory=Counter)
    latencies_by_route: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))


def read_api(file: Path, since: int) -> ApiSamples:
    """Read the metrics at the end of the file; the figures per route include only minutes from `since` on."""
    found = ApiSamples()
    for line in last_lines(file):
        try:
            _add(json.loads(line), found, since)
        except (ValueError, KeyError, TypeError):
            # The line is incomplete: reading began within the line, or the disk was full when the line was
            # written.
            continue
    for name, source in SAME_AS.items():
        found.totals[name] = found.totals[source]
    return found


def _add(line: Json, found: ApiSamples, since: int) -> None:
    minute = line["_aws"]["Timestamp"] // 60_000
    for directive in line["_aws"]["CloudWatchMetrics"]:
        names = [metric["Name"] for metric in directive["Metrics"]]
        for name in names:
            values = line[name] if isinstance(line[name], list) else [line[name]]
            if directive["Dimensions"] == [["Environment"]]:
                found.totals[name].setdefault(minute, []).extend(values)
                continue
            found.totals[name_of_route(name, line["Route"])].setdefault(minute, []).extend(values)
            if minute >= since and name == "Requests":
                found.requests_by_route[line["Route"]] += sum(values)
            elif minute >= since and name == "LatencyMs":
                found.latencies_by_route[line["Route"]] += values


def name_of_route(name: str, route: str) -> str:
    """Return the key in `ApiSamples.totals` for the metric `name` of one route."""
    return f"{name} {route}"


def read_pipeline(hours: Sequence[HourStatus], airflow_logs: Path) -> Series:
    """Read the pipeline's metrics from task logs, and the age of the newest hour from `hours`."""
    series: Series = defaultdict(dict)
    reads = sorted((each.as_of, each.hour) for each in hours if each.state is State.PUBLISHED and each.as_of)
    for number, (at, _) in enumerate(reads, start=1):
        newest = max(hour for _, hour in reads[:number])
        series["LastPublishedHourAgeMinutes"][_minute(at)] = [(at - newest.end).total_seconds() / 60]
    for line in _metrics_lines(airflow_logs):
        minute = _minute(datetime.fromisoformat(line["timestamp"].replace("Z", "+00:00")))
        for values in line["metadata"].values():
            for name, value in values.items():
                series[name].setdefault(minute, []).append(value)
    return series


def _metrics_lines(folder: Path) -> Iterator[Json]:
    """Yield the parsed log lines in which tasks logged their metrics (METRICS=log)."""
    files = sorted(folder.rglob("*.log"), key=lambda each: each.stat().st_mtime, reverse=True)
    for file in islice(files, MAX_TASK_LOGS):
        for text in last_lines(file):
            if '"publish_metrics"' in text and '"metadata"' in text:
                line = json.loads(text)
                if line.get("event") == "metrics":
                    yield line


def last_lines(file: Path, most: int = MAX_BYTES) -> list[str]:
    """Return the lines in the last `most` bytes of a file; an empty list if the file does not exist."""
    if not file.is_file():
        return []
    with file.open("rb") as opened:
        opened.seek(max(0, file.stat().st_size - most))
        return opened.read().decode(errors="replace").splitlines()


def _minute(at: datetime) -> int:
    return int(at.timestamp() // 60)
