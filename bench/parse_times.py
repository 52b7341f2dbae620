"""`make parse-times`: the CPU seconds that Airflow needs to parse each DAG file."""

import json
import os
import subprocess
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from tools.data_folder import ROOT

_REPORT = ROOT / "tests" / "dags" / "airflow" / "dag_report.py"
_LIMIT = 0.5


def main() -> None:
    """Parse every DAG file with both Airflow versions and print a table."""
    reports = dict(_report(name) for name in (".venv-airflow", ".venv-airflow-next"))
    titles = (f"Airflow {version}, s" for version in reports)
    table = Table("file", *titles, title=f"Limit: {_LIMIT} s per file", title_justify="left")
    for file in sorted({file for seconds in reports.values() for file in seconds}):
        table.add_row(file, *(f"{seconds[file]:.3f}" for seconds in reports.values()))
    Console().print(table)


def _report(virtualenv: str) -> tuple[str, dict[str, float]]:
    """Return the version of Airflow, and the CPU seconds that it needs to parse each file, by file name."""
    with TemporaryDirectory() as home:
        env = {
            "PATH": os.environ["PATH"],
            "AIRFLOW_HOME": home,
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__UNIT_TEST_MODE": "True",
            "PYTHONPATH": str(ROOT / "dags"),
        }
        command = [ROOT / virtualenv / "bin" / "python", _REPORT, ROOT / "dags"]
        completed = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    report = json.loads(completed.stdout.splitlines()[-1])
    return report["airflow"], report["seconds"]


if __name__ == "__main__":
    main()
