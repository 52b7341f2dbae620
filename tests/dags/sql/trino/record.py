"""Record what a real Trino answers to the corpus. Needs Java 24 or newer, and the network once."""

import json
import os
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from tests.dags.sql import recording
from tests.dags.sql.fixture_lake import build
from tests.dags.sql.trino import tables
from tests.dags.sql.trino.server import Trino, trino
from todo_insights.sql.athena import DATABASE
from todo_insights.sql.translation import signatures


def main(chapters: Sequence[str]) -> int:
    """Build the lake, start Trino over its files, and write results, types and errors beside the queries.

    An empty `chapters` records all. Queries that name the present moment are replayed at the moment of
    the recording of all chapters, so a recording of some chapters leaves that moment as it is.
    """
    console = Console()
    home = Path(os.environ.get("TRINO_HOME") or ".cache/trino").absolute()
    with tempfile.TemporaryDirectory() as folder:
        stores = build(Path(folder))
        console.print("The lake is built; Trino starts.")
        with trino(Path(folder), DATABASE, home) as server:
            tables.create(server, stores)
            _write_functions(server)
            # Queries that name the present moment are replayed at this one.
            now = datetime.now(UTC)
            for chapter in chapters or recording.chapters():
                outcomes = [(sql, server.run(sql.rstrip(";"))) for sql in recording.queries(chapter)]
                recording.write(chapter, outcomes)
                console.print(f"{chapter}: {len(outcomes)} queries")
            (version,) = server.run("SELECT node_version FROM system.runtime.nodes").rows[0]
    if not chapters:
        about = {"trino": version, "now": now.isoformat(timespec="milliseconds")}
        recording.RECORDING.write_text(json.dumps(about, indent=2) + "\n", "utf-8")
    return 0


def _write_functions(server: Trino) -> None:
    """The functions and their types, which the translation chooses overloads by."""
    rows = server.run("SHOW FUNCTIONS").rows
    lines = {f"{name}({arguments}) -> {result}" for name, result, arguments, *_ in rows}
    path = Path(signatures.__file__).parent / "trino_functions.txt"
    path.write_text("".join(f"{line}\n" for line in sorted(lines)), "utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
