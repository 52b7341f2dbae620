"""Formats the report of `make bench-etl`: tables and a plot in Markdown."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

Figures = dict[str, float]

_NAMES = {
    "ours": "**ours**: Bronze, Silver and Gold, verified and published",
    "pymongoarrow": "pymongoarrow, streamed to one file",
    "json_normalize": "pymongo and `json_normalize`, to one file",
    "dlt": "dlt, as in its MongoDB source",
}
_HEAD = """# Benchmarks of the pipeline

`make bench-etl` writes this page. It compares our pipeline with three other ways from BSON to
zstd-compressed Parquet: the least work that is possible with a schema (pymongoarrow), the usual way in
pandas, and an ETL library (dlt). The other three write one table and check nothing. Our pipeline writes three
zones, and verifies and publishes them. All four read the same bytes, in batches of 5,000 changes. CPU seconds
are measured without imports. The pipelines run in turn, and each figure is the median of all runs of a
pipeline.

[Cost of the steps of the pipeline](cost-of-steps.md) has the share of each step and a flame graph.
"""


def report(results: Mapping[str, Any], machine: str, date: str) -> str:
    """Return the page; for each number of changes, `results` has the mean size of a change and all runs."""
    return "\n".join([_HEAD, f"Date: {date}. Machine: {machine}.", "", *_sections(results)])


def _sections(results: Mapping[str, Any]) -> Iterator[str]:
    for count, found in sorted(results.items(), key=lambda item: int(item[0])):
        yield f"## {int(count):,} changes of {found['bytes']:,.0f} bytes"
        yield ""
        figures = {name: _medians(runs) for name, runs in found["runs"].items()}
        yield from _table(figures)
        yield ""
        if len(figures) > 1:
            yield from _plot(int(count), figures)
            yield ""


def _medians(runs: Sequence[Figures]) -> Figures:
    medians = {figure: median(run[figure] for run in runs) for figure in runs[0]}
    return medians | {"runs": len(runs)}


def _table(figures: Mapping[str, Figures]) -> Iterator[str]:
    yield "| pipeline | CPU s | changes per CPU s | CPU s, ours ÷ this | peak MB | files MB | runs |"
    yield "|---|---|---|---|---|---|---|"
    for name, each in figures.items():
        yield (
            f"| {_NAMES[name]} | {each['cpu']:.2f} | {each['changes'] / each['cpu']:,.0f} "
            f"| {figures['ours']['cpu'] / each['cpu']:.2f} | {each['peak_mb']:.0f} "
            f"| {each['bytes'] / 1e6:.1f} | {each['runs']} |"
        )


def _plot(count: int, figures: Mapping[str, Figures]) -> Iterator[str]:
    micros = {name: each["cpu"] / each["changes"] * 1e6 for name, each in figures.items()}
    yield "```mermaid"
    yield "xychart-beta horizontal"
    yield f'    title "CPU microseconds per change, {count:,} changes"'
    yield f"    x-axis [{', '.join(micros)}]"
    yield f'    y-axis "µs" 0 --> {max(micros.values()) * 1.1:.0f}'
    yield f"    bar [{', '.join(f'{each:.1f}' for each in micros.values())}]"
    yield "```"
