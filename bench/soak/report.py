"""The report of a soak, as JSON and as tables."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from statistics import quantiles
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.soak.recorder import AttemptOutcome, Sample
from bench.soak.run import Soak

SHOWN_FINDINGS = 20


def build_report(soak: Soak, findings: list[str]) -> dict[str, Any]:
    """Return the report for JSON, with times in seconds and latencies (p50, p99, max) in milliseconds."""
    during = [sample for sample in soak.recorder.samples if sample.ended <= soak.seconds]
    answered = [sample for sample in during if sample.outcome is AttemptOutcome.ANSWERED]
    return {
        "plan": asdict(soak.plan),
        "passed": not findings,
        "findings": findings,
        "seconds": round(soak.seconds, 1),
        "requests_per_second": round(len(answered) / soak.seconds, 1),
        "acknowledged_writes": sum(len(user.expected.keys) for user in soak.users),
        "outcomes": Counter(sample.outcome.value for sample in during),
        "operations": {name: _latencies(group) for name, group in _by_operation(answered)},
        "kills": [asdict(kill) for kill in soak.kills()],
        "memory": [asdict(trend) for trend in soak.memory.trends()],
    }


def print_report(console: Console, report: dict[str, Any]) -> None:
    """Print the tables, the findings and a summary."""
    table = Table("operation", "requests", "p50 ms", "p99 ms", "max ms")
    for name, row in report["operations"].items():
        table.add_row(name, *(f"{row[column]:,}" for column in ("requests", "p50", "p99", "max")))
    console.print(table)
    for kill in report["kills"]:
        response = (
            "never" if kill["first_answer"] is None else f"{kill['first_answer'] - kill['restarted']:.1f} s"
        )
        console.print(
            f"Database killed at {kill['killed']:.0f} s; first response after its restart: {response}"
        )
    for trend in report["memory"]:
        growth = (
            "too short for a trend" if trend["percent"] is None else f"{trend['percent']:+.1f} % in 10 min"
        )
        console.print(
            f"Worker {trend['pid']}: {trend['start_mib']:.0f} → {trend['end_mib']:.0f} MiB, {growth}"
        )
    outcomes = ", ".join(f"{count:,} {name}" for name, count in report["outcomes"].items())
    console.print(f"{report['requests_per_second']:,} requests/s; {outcomes}")
    for finding in report["findings"][:SHOWN_FINDINGS]:
        console.print(f"[red]✗[/] {finding}", markup=True, soft_wrap=True)
    passed = "no write lost or duplicated, and /health within a second throughout"
    verdict = f"{len(report['findings'])} findings" if report["findings"] else passed
    console.print(f"{report['acknowledged_writes']:,} acknowledged writes: {verdict}")


def _by_operation(samples: list[Sample]) -> Iterator[tuple[str, list[Sample]]]:
    for name in sorted({sample.operation for sample in samples}):
        yield name, [sample for sample in samples if sample.operation == name]


def _latencies(samples: list[Sample]) -> dict[str, float]:
    taken = [sample.milliseconds for sample in samples]
    percentiles = quantiles(taken, n=100, method="inclusive") if len(taken) > 1 else [taken[0]] * 99
    shown = {"p50": percentiles[49], "p99": percentiles[98], "max": max(taken)}
    return {"requests": len(taken), **{name: round(value, 1) for name, value in shown.items()}}
