"""Records the answers of a real Trino server to the queries of the corpus.

The script needs Java 24 or newer, and network access for the first download of Trino.
"""

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
from todo_insights.sql.translation.core import signatures


def main(chapters: Sequence[str]) -> int:
    """Build the lake, start Trino on its files, and write results, types and errors next to the queries.

    If `chapters` is empty, all chapters are recorded, and the time of the recording is stored. Tests run the
    queries with this time as the current time. A recording of only some chapters does not change this time.
    """
    console = Console()
    home = Path(os.environ.get("TRINO_HOME") or ".cache/trino").absolute()
    with tempfile.TemporaryDirectory() as folder:
        stores = build(Path(folder))
        console.print("The lake is built; Trino starts.")
        with trino(Path(folder), DATABASE, home) as server:
            tables.create(server, stores)
            _write_functions(server)
            # Tests use this time as the current time of the recorded queries.
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
    """Write the signatures of Trino's functions, from which the SQL translation chooses overloads."""
    rows = server.run("SHOW FUNCTIONS").rows
    lines = {f"{name}({arguments}) -> {result}" for name, result, arguments, *_ in rows}
    path = Path(signatures.__file__).parent / "trino_functions.txt"
    path.write_text("".join(f"{line}\n" for line in sorted(lines)), "utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
