"""Counts the queries of each chapter that the embedded lake answers; writes the counts to docs/athena-sql.md.

`make record-athena` runs this script.
"""

import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tests.dags.sql.fixture_lake import build
from tests.dags.sql.outcomes import Comparison, compare
from tests.dags.sql.recording import Recorded, chapters, recorded, recorded_at
from todo_insights.catalog.stores import Stores
from todo_insights.core.errors import QueryError
from todo_insights.sql.query import Answer, query

PAGE = Path(__file__).parents[3] / "docs" / "athena-sql.md"
BEGIN, END = "<!-- score: begin -->", "<!-- score: end -->"

Scored = tuple[Recorded, Comparison]


def score(chapter: str, stores: Stores) -> list[Scored]:
    """Run each query of a chapter on the embedded lake; the current time is the time of the recording."""
    return [(each, compare(each.sql, each.outcome, _found(each.sql, stores))) for each in recorded(chapter)]


def _found(sql: str, stores: Stores) -> Answer | Exception:
    try:
        return query(sql, stores, recorded_at())
    except QueryError as error:
        return error


def table(scores: dict[str, list[Scored]]) -> str:
    """Return the score as Markdown: the counts of each chapter, and the constructs that were refused."""
    lines = ["| chapter | queries | equal | refused | different |", "| --- | ---: | ---: | ---: | ---: |"]
    for chapter, found in scores.items():
        lines.append(f"| {chapter} | {len(found)} | {_counts(found)} |")
    everything = [each for found in scores.values() for each in found]
    equal = sum(each.verdict == "equal" for _, each in everything)
    lines += [f"| **all** | **{len(everything)}** | {_counts(everything)} |", ""]
    lines += [f"{100 * equal / len(everything):.1f} % are equal.", "", "Refused, by chapter:", ""]
    for chapter, found in scores.items():
        refused = sorted({each.why for _, each in found if each.verdict == "refused"})
        if refused:
            lines.append(f"- {chapter}: " + "; ".join(f"`{why}`" for why in refused))
    return "\n".join(lines)


def _counts(found: Iterable[Scored]) -> str:
    verdicts = [each.verdict for _, each in found]
    return " | ".join(str(verdicts.count(verdict)) for verdict in ("equal", "refused", "different"))


def page(scores: dict[str, list[Scored]]) -> str:
    """Return the text of the page with this score."""
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table(scores)}\n{END}{after}"


def main() -> int:
    """Run every query, write the score to the page, and print the queries whose answers differ from Trino."""
    with tempfile.TemporaryDirectory() as folder:
        stores = build(Path(folder))
        scores = {chapter: score(chapter, stores) for chapter in chapters()}
    PAGE.write_text(page(scores), "utf-8")
    different = [each for found in scores.values() for each in found if each[1].verdict == "different"]
    for each, comparison in different:
        sys.stdout.write(f"{each.chapter}: {each.sql}\n    {comparison.why}\n")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
