"""A fixture that runs the command line in a subprocess."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from todo_insights.core.settings import Settings

PACKAGE_FOLDER = Path(__file__).parents[3] / "dags"
DAY = ("--from", "2026-11-20T11", "--to", "2026-11-20T14")
Cli = Callable[..., "subprocess.CompletedProcess[str]"]


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the environment variables for the command line: the database and the lake of these settings."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(PACKAGE_FOLDER),
        "MONGODB_URI": settings.mongodb_uri or "",
        "MONGODB_DATABASE": settings.mongodb_database,
        "LAKE_URI": settings.catalog_uri.removesuffix("/catalog.sqlite"),
    }


@pytest.fixture
def cli(settings: Settings) -> Cli:
    def call(*arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "todo_insights", *arguments],
            env=environment_of(settings) | env,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return call
