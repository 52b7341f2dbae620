"""The function that the crash test of `flask users normalize` runs in a fork and kills at a chosen line."""

from collections.abc import Callable
from typing import Any

from webapp.app import create_app
from webapp.core.settings import Settings
from webapp.database.connection import connect


def normalize(settings: dict[str, Any]) -> Callable[[], int]:
    """Return a function that runs the command and returns its exit code."""
    chosen = Settings(**settings)
    app = create_app(chosen, connect(chosen))
    return lambda: app.test_cli_runner().invoke(args=["users", "normalize"]).exit_code
