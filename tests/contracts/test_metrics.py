"""docs/metrics.md lists exactly the metrics that the product sends."""

import json
import re
from pathlib import Path

import pytest

from todo_insights.metrics.catalogue import CATALOGUE, MetricDefinition, dimensions
from tools.data_folder import ROOT
from webapp.metrics.embedded import EmbeddedMetrics
from webapp.metrics.recorder import Request

PAGE = ROOT / "docs" / "metrics.md"
ROW = re.compile(r"^\| `(\w+)` \| (\w+) \| ([\w, ]+) \|")
# The units of CloudWatch that the metrics of this product may use.
UNITS = {"Count", "Seconds", "Milliseconds", "Megabytes", "Percent", "None"}

Sent = set[tuple[str, str, str, tuple[str, ...]]]


def documented(page: str) -> Sent:
    """The metrics in docs/metrics.md: namespace (from the heading), name, unit and dimensions."""
    found: Sent = set()
    namespace = ""
    for line in page.splitlines():
        if line.startswith("## "):
            namespace = line.removeprefix("## ")
        elif row := ROW.match(line):
            found.add((namespace, row[1], row[2], tuple(row[3].split(", "))))
    return found


def sent(catalogue: dict[str, MetricDefinition]) -> Sent:
    return {
        (each.namespace, name, each.unit, names)
        for name, each in catalogue.items()
        for names in dimensions(each)
    }


@pytest.fixture
def sent_by_api(tmp_path: Path) -> Sent:
    """The metrics of the API in CloudWatch after a minute with responses of the statuses 200, 404 and 503."""
    metrics = EmbeddedMetrics(tmp_path / "metrics.log", "dev", now=0)
    metrics.add([Request("/api/v1/tasks", status, 1.0) for status in (200, 404, 503)], [], now=0)
    metrics.write()
    lines = [json.loads(line) for line in (tmp_path / "metrics.log").read_text().splitlines()]
    directives = [each for line in lines for each in line["_aws"]["CloudWatchMetrics"]]
    return {
        (each["Namespace"], metric["Name"], metric["Unit"], tuple(names))
        for each in directives
        for names in each["Dimensions"]
        for metric in each["Metrics"]
    }


def test_page_lists_every_sent_metric(sent_by_api: Sent) -> None:
    assert documented(PAGE.read_text()) == sent(dict(CATALOGUE)) | sent_by_api


@pytest.mark.parametrize(
    "seeded",
    [
        ("`TotalUsers` | Count", "`TotalUser` | Count"),
        ("Environment, Table", "Environment"),
        ("Seconds", "None"),
        ("`LatencyMs` | Milliseconds", "`LatencyMs` | Seconds"),
    ],
    ids=["name", "dimension", "unit", "unit of the API"],
)
def test_comparison_detects_a_seeded_fault(seeded: tuple[str, str], sent_by_api: Sent) -> None:
    assert documented(PAGE.read_text().replace(*seeded)) != sent(dict(CATALOGUE)) | sent_by_api


def test_cloudwatch_supports_every_unit(sent_by_api: Sent) -> None:
    assert {unit for _, _, unit, _ in sent(dict(CATALOGUE)) | sent_by_api} <= UNITS


def test_no_dimension_identifies_a_user(sent_by_api: Sent) -> None:
    names = {name for _, _, _, names in sent(dict(CATALOGUE)) | sent_by_api for name in names}
    assert names == {"Environment", "Table", "Route"}
