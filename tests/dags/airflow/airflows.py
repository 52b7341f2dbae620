"""Runs the scripts of this folder with a Python that has Airflow installed."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCRIPTS = Path(__file__).parent


@dataclass(frozen=True)
class Airflow:
    """One version of Airflow: the Python of its virtualenv, its home folder, and the folder with the DAGs."""

    python: Path
    home: Path
    dags: Path

    def run(self, script: str, argument: str, **env: str) -> tuple[Any, str]:
        """Run a script of this folder; return the JSON of its last output line, and the complete output."""
        variables = {
            "PATH": os.environ["PATH"],
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.dags),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__UNIT_TEST_MODE": "True",
            "PYTHONPATH": str(self.dags),
        }
        ran = subprocess.run(
            [self.python, SCRIPTS / script, argument],
            env=variables | env,
            capture_output=True,
            text=True,
            check=False,
            timeout=550,
        )
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout.splitlines()[-1]), ran.stdout + ran.stderr
