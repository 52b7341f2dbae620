"""The two ways to make a database again, and their common end."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from webapp.database import Document
from webapp.rebuild.comparison import Line, compare
from webapp.rebuild.load import Advance, Load
from webapp.rebuild.marker import Marker, Source
from webapp.rebuild.replay import Replay, batches
from webapp.rooms import Rooms


@dataclass(frozen=True)
class Result:
    """What came of a rebuild.

    `head` is what the lake told about itself (None when the log was the source), `log_from` the time of the
    oldest change in the log, `outdated` how many changes were too old for it, `erased` how many users are
    erased, `without_password` how many cannot log in.
    """

    lines: list[Line]
    head: Document | None
    log_from: datetime | None
    outdated: int
    erased: int
    without_password: int

    @property
    def agrees(self) -> bool:
        """Whether everything is there that should be, and nothing else."""
        return all(line.agrees for line in self.lines)


class Rebuild:
    """One rebuild, begun or gone on with. Raises RebuildError for a database that is not empty."""

    def __init__(self, here: Rooms, source: Source) -> None:
        self._here = here
        retention = here.settings.change_retention_days
        self._marker = Marker.begin(here.database, source, here.clock(), retention)
        self._replay = Replay(here.database, here.log)

    @property
    def after(self) -> str | None:
        """The last hour that was restored whole; None at the beginning."""
        return self._marker.after

    def load(
        self, documents: Iterator[Document], begun: Callable[[Document], None], advance: Advance
    ) -> None:
        """Restore log, users and tasks from the lake's stream, whose head `begun` gets."""
        Load(self._marker, self._replay, advance).run(documents, begun)

    def replay(self, advance: Advance) -> None:
        """Restore users and tasks from the log."""
        for batch in batches(self._here.database.changes.find({}).sort("at", 1)):
            self._replay.project(batch)
            advance(0, len(batch))

    def finish(self) -> Result:
        """Restore addresses, compare, and finish erasures; a rebuild that differs stays unfinished."""
        self._replay.claim_addresses()
        result = self._result(compare(self._marker))
        if result.agrees:
            self._replay.intend_erasures()
            self._marker.save(finished_at=self._here.clock())
            # Last, since one that had come half way adds changes. Every process start finishes erasures, too.
            self._here.eraser.finish_all()
        return result

    def _result(self, lines: list[Line]) -> Result:
        database = self._here.database
        living = database.users.count_documents({"deleted_at": {"$exists": False}})
        oldest = database.changes.find_one({}, {"at": 1}, sort=[("at", 1)])
        return Result(
            lines,
            self._marker.document["head"],
            None if oldest is None else oldest["at"],
            self._marker.document["outdated"],
            erased=database.users.count_documents({}) - living,
            without_password=living - database.credentials.count_documents({}),
        )
