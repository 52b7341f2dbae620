"""Fixtures: a list of various tasks, and a clock that advances while the tasks are created."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.webapp.conftest import MovableClock, Person
from tests.webapp.tasks.model import POPULATION, Task, populate
from webapp.database.connection import Database


@pytest.fixture
def tick(clock: MovableClock) -> Callable[..., None]:
    """Advance the clock by a millisecond at every second call, so that two tasks share each time."""
    start, calls = clock.now, 0

    def pass_time(restart: bool = False) -> None:
        nonlocal calls
        calls = 0 if restart else calls + 1
        clock.now = start + timedelta(milliseconds=calls // 2)

    return pass_time


@pytest.fixture
def populated(ada: Person, database: Database, tick: Callable[..., None]) -> list[Task]:
    return populate(ada, database, tick, POPULATION)
