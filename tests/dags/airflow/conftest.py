"""Fixtures for the two versions of Airflow that the DAG files must support."""

from shutil import copytree, ignore_patterns

import pytest

from tests.dags.airflow.airflows import Airflow
from tools.data_folder import ROOT


@pytest.fixture(scope="session", params=[".venv-airflow", ".venv-airflow-next"])
def airflow(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Airflow:
    home = tmp_path_factory.mktemp("airflow")
    dags = copytree(ROOT / "dags", home / "dags", ignore=ignore_patterns("__pycache__"))
    return Airflow(ROOT / request.param / "bin" / "python", home, dags)
