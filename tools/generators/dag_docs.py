"""`python -m tools.generators.dag_docs check | write`: checks or writes docs/dags.md.

The page contains the docstrings of the DAG files.
"""

import ast
import sys
from pathlib import Path

from tools.data_folder import ROOT

PAGE = ROOT / "docs" / "dags.md"
HEADER = """# The DAGs

This page states what each DAG does, what to do when a run fails, and how to backfill. The Airflow UI shows
the same text.
`make fix` generates this file from `dags/*.py`.
"""


def render() -> str:
    """Return the page, with one section for each DAG."""
    return "\n".join([HEADER, *(_section(path) for path in sorted((ROOT / "dags").glob("*.py")))])


def _section(path: Path) -> str:
    module = ast.parse(path.read_text())
    text = (ast.get_docstring(module) or "").replace("\n## ", "\n### ").replace("## ", "### ", 1)
    arguments = {
        each.arg: ast.literal_eval(each.value)
        for call in ast.walk(module)
        if isinstance(call, ast.Call) and getattr(call.func, "id", None) == "dag"
        for each in call.keywords
        if each.arg in ("dag_id", "description")
    }
    crons = [
        f"`{ast.literal_eval(call.args[0])}` (UTC)"
        for call in ast.walk(module)
        if isinstance(call, ast.Call) and getattr(call.func, "id", None) == "CronDataIntervalTimetable"
    ]
    schedule = " and ".join(crons) or "none, it is started by hand"
    return f"## {arguments['dag_id']}\n\n{arguments['description']}. Schedule: {schedule}.\n\n{text}\n"


def main(arguments: list[str]) -> int:
    """Write the page, or check it; returns 1 if it is outdated, and 2 for arguments that are not valid."""
    if arguments == ["write"]:
        PAGE.write_text(render())
        return 0
    if arguments != ["check"]:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    if PAGE.exists() and PAGE.read_text() == render():
        return 0
    sys.stderr.write("docs/dags.md is outdated. Run: make fix\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
