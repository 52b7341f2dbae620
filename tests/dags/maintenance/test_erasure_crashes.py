"""A run that is killed during an erasure writes no receipt too early; the next run completes the erasure."""

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.crashes import Crasher
from tests.dags.maintenance.erasure_scenario import (
    DELETED,
    INCOMPLETE,
    LATER,
    NEXT_RUN,
    PUBLISHED,
    UNPUBLISHED,
    ErasureScenario,
)
from tests.dags.maintenance.runs import processed, publish, repeat
from tests.sampling import sample
from todo_insights.core.hours import Hour
from todo_insights.core.settings import Settings

pytestmark = pytest.mark.sampled


def repeat_in_child(environ: dict[str, str], now: str) -> Callable[[], int]:
    """In the forked process: process hours again, publish them, delete other files, and write the receipt."""
    settings = Settings.from_environment(environ)
    return lambda: len(repeat(settings, datetime.fromisoformat(now)))


@pytest.fixture
def erased(scenario: ErasureScenario) -> ErasureScenario:
    """The scenario in the state after Ada has deleted her account and before the next run."""
    scenario.ada.delete_account(DELETED)
    return scenario


@pytest.fixture
def processed_again(erased: ErasureScenario) -> ErasureScenario:
    """The hours of Ada are published without her words, but the files of all earlier attempts still exist."""
    hours = [Hour.parse(hour) for hour in (INCOMPLETE, *PUBLISHED, UNPUBLISHED)]
    manifests = processed(dict.fromkeys(hours, "erased"), erased.settings, NEXT_RUN)
    publish(manifests, erased.settings, NEXT_RUN)
    return erased


def kill_at_each_step_of(steps: str, crashes: Crasher, scenario: ErasureScenario, folder: Path) -> list[bool]:
    """Kill a run at lines of the file `steps`; after each kill, check the lake and start another run.

    Returns for each kill whether a receipt existed afterwards.
    """
    environ = {
        "MONGODB_URI": str(scenario.settings.mongodb_uri),
        "MONGODB_DATABASE": scenario.settings.mongodb_database,
        "LAKE_URI": (folder / "lake").as_uri(),
    }
    shutil.copytree(folder / "lake", folder / "before")
    target = f"{__name__}:repeat_in_child"
    order = {"environ": environ, "now": (NEXT_RUN + timedelta(minutes=1)).isoformat()}
    written = []
    for line in sample(crashes.kill_points(target, [steps], order, str(folder / "lake")), 6):
        shutil.rmtree(folder / "lake")
        shutil.copytree(folder / "before", folder / "lake")
        scenario.database.erasure_receipts.drop()
        assert crashes.run(target, [steps], line, order) is None
        written.append(scenario.receipt() is not None)
        assert not written[-1] or scenario.files_with_word() == set()
        scenario.repeat(LATER)
        assert scenario.receipt() is not None
        assert scenario.files_with_word() == set()
    return written


def test_next_run_finishes_erasure_of_killed_run(
    crashes: Crasher, erased: ErasureScenario, tmp_path: Path
) -> None:
    written = kill_at_each_step_of("tests/dags/maintenance/runs.py", crashes, erased, tmp_path)
    assert {*written} == {False, True}


def test_next_run_finishes_killed_removal(
    crashes: Crasher, processed_again: ErasureScenario, tmp_path: Path
) -> None:
    steps = "dags/todo_insights/maintenance/erasure.py"
    written = kill_at_each_step_of(steps, crashes, processed_again, tmp_path)
    assert {*written} == {False, True}
