"""Ada and Bob use the API; runs write their data to a lake, and some of these runs are killed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.dags.maintenance.personas import Api, Person, files_of, files_with_word
from tests.dags.maintenance.runs import processed, repeat, run
from todo_insights.catalog.stores import Stores, open_stores
from todo_insights.core.aws import Aws
from todo_insights.core.database import Database
from todo_insights.core.hours import Hour
from todo_insights.core.settings import Settings
from todo_insights.hourly.extract import extract
from todo_insights.hourly.manifest import Manifest
from todo_insights.hourly.planning import plan
from todo_insights.hourly.process import process_from
from todo_insights.lake.files import location_of, new_run_key
from todo_insights.lake.schema import BRONZE_TASKS
from todo_insights.maintenance.erasure import recheck_erasures
from todo_insights.sql.query import query
from todo_insights.transform.bronze import Extracted

DAY = datetime(2026, 11, 20, tzinfo=UTC)
BEGINNING = DAY + timedelta(hours=9)
PUBLISHED = ["2026-11-20T09", "2026-11-20T10"]
# The attempts on these hours were killed. INCOMPLETE has an incomplete file; UNPUBLISHED has complete files
# that are not published.
INCOMPLETE, UNPUBLISHED = "2026-11-20T08", "2026-11-20T11"
NEVER_RUN = "2026-11-20T12"
CLOSED, DELETED, NEXT_RUN, LATER = (DAY + timedelta(hours=hour, minutes=30) for hour in (13, 14, 15, 16))
ADA, BOB = "zzadazz", "zzbobzz"
# The number of files per attempt that contain a word of a user: both tables of Bronze, the category in
# silver_task_changes and in gold_category_activity, and the masked address in silver_user_changes.
FILES_PER_ATTEMPT = 5


@dataclass
class ErasureScenario:
    """The two users, and the lake that contains their data."""

    settings: Settings
    aws: Aws | None
    database: Database
    ada: Person
    bob: Person

    @property
    def stores(self) -> Stores:
        return open_stores(self.settings, self.aws)

    def run(self, hours: list[str], now: datetime) -> None:
        run(hours, self.settings, now, self.aws)

    def files_with_word(self, word: str = ADA) -> set[str]:
        return files_with_word(word, self.settings, self.aws)

    def files(self) -> set[str]:
        """Return the names of all files of the tables, without publication records."""
        return {name for name, _ in files_of(self.settings, self.aws) if "/publications/" not in name}

    def rows(self, table: str, where: str) -> list[str]:
        answer = query(f"SELECT * FROM {table} WHERE {where}", self.stores)
        return sorted(map(repr, answer.rows))

    def receipt(self) -> dict[str, Any] | None:
        return self.database.erasure_receipts.find_one({"_id": self.ada.user_id})

    def repeat(self, now: datetime) -> int:
        """Process hours again and finish erasures, as each run does; return the number of receipts."""
        return len(repeat(self.settings, now, self.aws))

    def recheck_erasures(self, now: datetime) -> list[str]:
        return [each["_id"] for each in recheck_erasures(self.database, self.stores, now)]

    def delete_account_and_repeat(self) -> None:
        self.ada.delete_account(DELETED)
        assert self.repeat(NEXT_RUN) == 1

    def slow_attempt(self, hour: str, meanwhile: Callable[[], None]) -> Manifest:
        """Process an hour, and call `meanwhile` between reading and writing; return the manifest."""

        def source(start: datetime, end: datetime) -> list[Extracted]:
            found = list(extract(self.database.changes, start, end))
            meanwhile()
            return found

        (slice_,) = plan({Hour.parse(hour): "scheduled"}, self.database.changes, 1_000_000)
        return process_from(slice_, source, self.stores.lake, CLOSED)


def create_scenario(api: Api, settings: Settings, database: Database, aws: Aws | None) -> ErasureScenario:
    """Publish two hours twice, write unpublished files for one hour, and write no files for another hour."""
    scenario = ErasureScenario(settings, aws, database, Person(api, ADA), Person(api, BOB))
    for hour in (*PUBLISHED, UNPUBLISHED, NEVER_RUN):
        start = Hour.parse(hour).start
        for person in (scenario.ada, scenario.bob):
            person.change_data(start + timedelta(minutes=5))
        if hour in PUBLISHED:
            scenario.run([hour], start + timedelta(minutes=20))
            scenario.ada.change_data(start + timedelta(minutes=40))
    scenario.run(PUBLISHED, CLOSED)
    _write_files_of_killed_attempts(scenario)
    return scenario


def _write_files_of_killed_attempts(scenario: ErasureScenario) -> None:
    """Write the files of killed attempts: complete but unpublished files, and an incomplete file."""
    for hour in (PUBLISHED[1], UNPUBLISHED):
        processed({Hour.parse(hour): "scheduled"}, scenario.settings, CLOSED, scenario.aws)
    slice_ = b"PAR1" + ADA.encode()
    place = location_of(BRONZE_TASKS, Hour.parse(INCOMPLETE), new_run_key(CLOSED))
    scenario.stores.lake.write("bronze", place, "part-00000.parquet", slice_)
