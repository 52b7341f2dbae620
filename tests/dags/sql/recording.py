"""The corpus: queries grouped in chapters, and Trino's recorded answer to each query."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.dags.sql.trino.server import Outcome

CORPUS = Path(__file__).parent / "corpus"
RECORDING = CORPUS / "recording.json"
_LONGEST_MESSAGE = 160


@dataclass(frozen=True)
class Recorded:
    """A query of a chapter with the recorded answer of Trino."""

    chapter: str
    sql: str
    outcome: Outcome


def chapters() -> list[str]:
    """Return the names of the chapters."""
    return sorted(path.stem for path in CORPUS.glob("*.sql"))


def queries(chapter: str) -> list[str]:
    """Return the queries of a chapter; its file has one query per line."""
    return [line for line in (CORPUS / f"{chapter}.sql").read_text("utf-8").splitlines() if line.strip()]


def recorded(chapter: str) -> Iterator[Recorded]:
    """Yield the queries of a chapter with their recorded answers."""
    for line in (CORPUS / f"{chapter}.jsonl").read_text("utf-8").splitlines():
        found: dict[str, Any] = json.loads(line)
        place = found.get("place")
        columns = [(name, kind) for name, kind in found.get("columns", ())]
        outcome = Outcome(
            columns,
            found.get("rows", []),
            found.get("error"),
            found.get("message"),
            tuple(place) if place else None,
        )
        yield Recorded(chapter, found["sql"], outcome)


def recorded_at() -> datetime:
    """Return the time of the recording, which is the current time for the recorded queries."""
    return datetime.fromisoformat(json.loads(RECORDING.read_text("utf-8"))["now"])


def write(chapter: str, outcomes: list[tuple[str, Outcome]]) -> None:
    """Store the outcomes of a chapter, one query per line."""
    lines = (
        json.dumps(_entry(sql, outcome), ensure_ascii=False, separators=(",", ":"))
        for sql, outcome in outcomes
    )
    (CORPUS / f"{chapter}.jsonl").write_text("".join(f"{line}\n" for line in lines), "utf-8")


def _entry(sql: str, outcome: Outcome) -> dict[str, Any]:
    if outcome.error is None:
        return {"sql": sql, "columns": outcome.columns, "rows": outcome.rows}
    message = (outcome.message or "")[:_LONGEST_MESSAGE]
    return {"sql": sql, "error": outcome.error, "place": outcome.place, "message": message}
