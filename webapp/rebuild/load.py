"""From the lake's stream into the log and the projections, hour by hour."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from webapp.changes import Entity
from webapp.core.database import Document
from webapp.rebuild.checkpoint import HOUR_FORMAT, Marker
from webapp.rebuild.checksum import Tally
from webapp.rebuild.errors import RebuildError
from webapp.rebuild.replay import BATCH, Replay
from webapp.rebuild.stream import head_of
from webapp.rebuild.validity import makes_sense

# What the pipeline computes its tallies of; the log has more, and says of some that they are erased.
FIELDS = (
    "_id",
    "entity",
    "entity_id",
    "user_id",
    "version",
    "op",
    "at",
    "time_zone",
    "request_id",
    "schema_version",
    "before",
    "after",
)

# Told after each portion: how many hours and how many changes it finished.
Advance = Callable[[int, int], None]


def as_in_lake(change: Document) -> Document:
    """A change with the fields that the lake has of it."""
    return {name: change.get(name) for name in FIELDS}


class Load:
    """One reading of the stream. Hours that the marker knows as restored are passed over."""

    def __init__(self, marker: Marker, replay: Replay, advance: Advance) -> None:
        self._marker = marker
        self._replay = replay
        self._advance = advance
        self._portion: list[Document] = []
        self._forget_hour()

    def run(self, documents: Iterator[Document], begun: Callable[[Document], None]) -> None:
        """Restore every hour of the stream; `begun` gets its head.

        Raises RebuildError when the stream is no such stream, is damaged, or ends early, and
        AlreadyRebuiltError when all of it is here.
        """
        head = head_of(documents)
        self._marker.require_unfinished(head)
        self._marker.save(head=head)
        begun(head)
        done_until, marks = _end_of(self._marker.after), 0
        for document in documents:
            if "hour" in document:
                marks += 1
                if self._marker.after is None or document["hour"] > self._marker.after:
                    self._finish_hour(document)
                else:
                    self._advance(1, 0)
            elif document["at"] >= done_until:
                self._take(document)
        if marks != head["hours"]:
            raise RebuildError(f"The changes end after {marks} of {head['hours']} hours; fetch them again.")

    def _take(self, change: Document) -> None:
        self._found[change["entity"]].add(as_in_lake(change))
        self._portion.append(change)
        if len(self._portion) == BATCH:
            self._write()

    def _write(self) -> None:
        kept = [each for each in self._portion if each["at"] >= self._marker.keep_from]
        self._replay.store(kept)
        # At once, and not from the log in the end: it may forget old changes meanwhile.
        self._replay.project(self._portion)
        self._outdated += len(self._portion) - len(kept)
        self._odd += sum(not makes_sense(each) for each in self._portion)
        self._advance(0, len(self._portion))
        self._portion = []

    def _finish_hour(self, mark: Document) -> None:
        if {entity: tally.summary() for entity, tally in self._found.items()} != mark["changes"]:
            raise RebuildError(
                f"The changes of {mark['hour']} are not what the lake holds; fetch them again."
            )
        self._write()
        fields: Document = {
            "after": mark["hour"],
            "outdated": self._marker.document["outdated"] + self._outdated,
            "odd": self._marker.odd + self._odd,
        }
        if _end_of(mark["hour"]) > self._marker.keep_from:
            kept = self._marker.kept
            fields["kept"] = {name: each.plus(kept[name]).summary() for name, each in self._found.items()}
        self._marker.save(**fields)
        self._forget_hour()
        self._advance(1, 0)

    def _forget_hour(self) -> None:
        self._found = {entity.value: Tally() for entity in Entity}
        self._outdated = self._odd = 0


def _end_of(hour: str | None) -> datetime:
    if hour is None:
        return datetime.min.replace(tzinfo=UTC)
    return datetime.strptime(hour, HOUR_FORMAT).replace(tzinfo=UTC) + timedelta(hours=1)
