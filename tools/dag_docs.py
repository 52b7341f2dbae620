"""`python -m tools.dag_docs check | write`: docs/dags.md, made of what the DAG files say about themselves."""

import ast
import sys
from pathlib import Path

from tools.places import ROOT

PAGE = ROOT / "docs" / "dags.md"
HEAD = """# The DAGs

What each DAG does, what to do when it is red, and how to backfill. The Airflow UI shows the same beside each
DAG; `make fix` renews this file from `dags/*.py`.
"""


def page() -> str:
    """The whole page, one section for each DAG."""
    return "\n".join([HEAD, *(_section(path) for path in sorted((ROOT / "dags").glob("*.py")))])


def _section(path: Path) -> str:
    module = ast.parse(path.read_text())
    text = (ast.get_docstring(module) or "").replace("\n## ", "\n### ").replace("## ", "### ", 1)
    said = {
        each.arg: ast.literal_eval(each.value)
        for call in ast.walk(module)
        if isinstance(call, ast.Call) and getattr(call.func, "id", None) == "dag"
        for each in call.keywords
        if each.arg in ("dag_id", "description")
    }
    (cron,) = (
        ast.literal_eval(call.args[0])
        for call in ast.walk(module)
        if isinstance(call, ast.Call) and getattr(call.func, "id", None) == "CronDataIntervalTimetable"
    )
    return f"## {said['dag_id']}\n\n{said['description']}. Schedule: `{cron}` (UTC).\n\n{text}\n"


def main(arguments: list[str]) -> int:
    """Write the page, or tell whether it is as it would be written."""
    if arguments == ["write"]:
        PAGE.write_text(page())
        return 0
    if arguments != ["check"]:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    if PAGE.exists() and PAGE.read_text() == page():
        return 0
    sys.stderr.write("docs/dags.md is not what the DAG files say; renew it: make fix\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
