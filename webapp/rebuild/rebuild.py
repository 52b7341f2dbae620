"""The two ways to make a database again, and their common end."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from webapp.changes import ChangeLog
from webapp.core.database import Document
from webapp.core.registry import Services
from webapp.rebuild.checkpoint import Marker, require_none_begun
from webapp.rebuild.load import Advance, Load
from webapp.rebuild.replay import Replay, batches
from webapp.rebuild.validity import makes_sense
from webapp.rebuild.verification import Line, compare
from webapp.users.erasure import Eraser


@dataclass(frozen=True)
class Result:
    """What came of a rebuild.

    `head` is what the lake told about itself (None when the log was the source), `oldest` and `newest` are
    the times of changes in the log. `outdated` counts changes that were too old for it, `odd` those that
    make no sense, `erased` users who are erased, `without_password` users who cannot log in.
    """

    lines: list[Line]
    head: Document | None
    oldest: datetime | None
    newest: datetime | None
    outdated: int
    odd: int
    erased: int
    without_password: int

    @property
    def agrees(self) -> bool:
        """Whether everything is there that should be, and nothing else."""
        return all(line.agrees for line in self.lines)


class LakeRebuild:
    """A rebuild of an empty database from the lake, begun or gone on with.

    Raises RebuildError for a database that is not empty.
    """

    def __init__(self, here: Services) -> None:
        self._here = here
        self._marker = Marker.begin(here.database, here.clock(), here.settings.change_retention_days)

    @property
    def after(self) -> str | None:
        """The last hour that was restored whole; None at the beginning."""
        return self._marker.after

    def run(self, documents: Iterator[Document], begun: Callable[[Document], None], advance: Advance) -> None:
        """Restore log, users and tasks from the lake's stream, whose head `begun` gets.

        Raises AlreadyRebuiltError when that was done before.
        """
        Load(self._marker, Replay(self._here.database, self._here.get(ChangeLog)), advance).run(
            documents, begun
        )

    def finish(self) -> Result:
        """Restore addresses, compare, and finish erasures; a rebuild that differs stays unfinished."""
        marker, database = self._marker, self._here.database
        replay = Replay(database, self._here.get(ChangeLog))
        replay.claim_addresses()
        lines = compare(database, marker.keep_from, marker.kept)
        counted = _Counted(marker.document["outdated"], marker.odd)
        result = _result(self._here, lines, counted, marker.document["head"])
        if result.agrees:
            replay.intend_erasures()
            marker.save(finished_at=self._here.clock())
            # Last, since one that had come half way adds changes. Every process start finishes erasures, too.
            self._here.get(Eraser).finish_all()
        return result


def rebuild_from_log(here: Services, advance: Advance) -> Result:
    """Bring users, tasks and addresses up to the log, whatever is there of them; safe beside live writers.

    What is further than the log, or is not in it, stays and shows in the comparison. Raises RebuildError in
    the middle of a rebuild from the lake.
    """
    require_none_begun(here.database)
    replay, odd = Replay(here.database, here.get(ChangeLog)), 0
    for batch in batches(here.database.changes.find({}).sort("at", 1)):
        replay.project(batch)
        odd += sum(not makes_sense(each) for each in batch)
        advance(0, len(batch))
    replay.claim_addresses()
    since = _outermost(here, 1) or here.clock()
    lines = compare(here.database, since.replace(microsecond=0), None)
    result = _result(here, lines, _Counted(outdated=0, odd=odd))
    replay.intend_erasures()
    here.get(Eraser).finish_all()
    return result


@dataclass(frozen=True)
class _Counted:
    """What was counted on the way."""

    outdated: int
    odd: int


def _result(here: Services, lines: list[Line], counted: _Counted, head: Document | None = None) -> Result:
    database = here.database
    living = database.users.count_documents({"deleted_at": {"$exists": False}})
    return Result(
        lines,
        head,
        oldest=_outermost(here, 1),
        newest=_outermost(here, -1),
        outdated=counted.outdated,
        odd=counted.odd,
        erased=database.users.count_documents({}) - living,
        without_password=living - database.credentials.count_documents({}),
    )


def _outermost(here: Services, direction: int) -> datetime | None:
    found = here.database.changes.find_one({}, {"at": 1}, sort=[("at", direction)])
    return None if found is None else found["at"]
