"""docs/metrics.md, the source for dashboards and alarms, lists the metrics that the pipeline sends."""

import re

import pytest

from todo_insights.metrics.catalogue import CATALOGUE, MetricDefinition, dimensions
from tools.data_folder import ROOT

PAGE = ROOT / "docs" / "metrics.md"
ROW = re.compile(r"^\| `(\w+)` \| (\w+) \| ([\w, ]+) \|")
# The units of CloudWatch that a metric here may use.
UNITS = {"Count", "Seconds", "Megabytes", "Percent", "None"}

Sent = set[tuple[str, str, str, tuple[str, ...]]]


def documented(page: str) -> Sent:
    """Namespace, name, unit and dimensions of each row in the tables below a heading with a namespace."""
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


def test_page_lists_every_sent_metric() -> None:
    assert documented(PAGE.read_text()) == sent(dict(CATALOGUE))


@pytest.mark.parametrize(
    "seeded",
    [
        ("`TotalUsers` | Count", "`TotalUser` | Count"),
        ("Environment, Table", "Environment"),
        ("Seconds", "None"),
    ],
    ids=["name", "dimension", "unit"],
)
def test_comparison_detects_a_seeded_fault(seeded: tuple[str, str]) -> None:
    assert documented(PAGE.read_text().replace(*seeded)) != sent(dict(CATALOGUE))


def test_cloudwatch_supports_every_unit() -> None:
    assert {each.unit for each in CATALOGUE.values()} <= UNITS


def test_no_dimension_identifies_a_user() -> None:
    names = {name for each in CATALOGUE.values() for names in dimensions(each) for name in names}
    assert names == {"Environment", "Table"}
