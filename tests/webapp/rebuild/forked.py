"""Functions that the crash tests of the rebuild run in a forked process and kill at a chosen line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.webapp.changes.forked import application
from webapp.database.connection import Document
from webapp.http.context import services
from webapp.rebuild import lake
from webapp.rebuild.rebuild import LakeRebuild


def before_fork(settings: dict[str, Any], **others: Any) -> None:
    """Build the application once, before the first fork."""
    application(json.dumps(settings))


def from_file(settings: dict[str, Any], path: str) -> Callable[[], bool]:
    """Return a function that rebuilds from a file, and returns whether the database agrees with the lake."""
    here = services(application(json.dumps(settings)))

    def act() -> bool:
        work = LakeRebuild(here)
        with Path(path).open("rb") as file:
            work.run(lake.read(file), _ignore, _ignore)
        return work.finish().matches

    return act


def _ignore(*figures: int | Document) -> None:
    """Ignore the reports of progress from the rebuild."""
