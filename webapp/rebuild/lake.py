"""Reads the changes that the pipeline exports from the lake, and restores them hour by hour.

The export is a stream of BSON documents. The first document (the header) describes the lake. The changes of
each hour follow, and after each hour a document (the marker) with the checksums of the hour.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import IO

import bson
from bson.codec_options import CodecOptions
from bson.errors import BSONError

from webapp.changes import Entity
from webapp.core.clock import HOUR_FORMAT
from webapp.database.connection import BATCH, Document
from webapp.rebuild.checkpoint import Checkpoint, RebuildError
from webapp.rebuild.checksum import Checksum, as_in_lake
from webapp.rebuild.writer import RebuildWriter, is_valid

FORMAT = 1
COMMAND = (sys.executable, "-m", "todo_insights", "changes")
_OPTIONS: CodecOptions[Document] = CodecOptions(tz_aware=True)
_MAX_ERROR_CHARACTERS = 2000

# A function that is called after each batch with the numbers of hours and changes that the batch restored.
Progress = Callable[[int, int], None]


@contextmanager
def from_command(command: Sequence[str], after: str | None) -> Iterator[Iterator[Document]]:
    """Run a command that exports the hours after `after`, and yield the documents that it writes.

    If the command fails, raises RebuildError with the end of the command's error output.
    """
    arguments = [*command, *(["--after", after] if after else [])]
    with tempfile.TemporaryFile() as errors:
        try:
            child = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=errors)
        except OSError as error:
            raise RebuildError(
                f"Cannot start {arguments[0]}: {error.strerror}. Name the pipeline's command with --command."
            ) from error
        with child:
            assert child.stdout is not None  # noqa: S101  # for mypy: Popen was called with stdout=PIPE
            try:
                yield read(child.stdout)
            except RebuildError:
                # If the command failed, its own error message explains better why the stream is truncated.
                child.stdout.close()
                _require_success(child, arguments, errors)
                raise
            child.stdout.close()
            _require_success(child, arguments, errors)


def read(stream: IO[bytes]) -> Iterator[Document]:
    """Yield the documents of a BSON stream; raises RebuildError when the stream is damaged."""
    try:
        yield from bson.decode_file_iter(stream, _OPTIONS)
    except (BSONError, ValueError) as error:
        raise RebuildError(f"The changes are incomplete or damaged ({error}); export them again.") from error


def read_head(documents: Iterator[Document]) -> Document:
    """Return the first document; raises RebuildError unless it is the header of a stream in this FORMAT."""
    head = next(documents, None)
    if head is None or head.get("format") != FORMAT:
        raise RebuildError(
            f"This is not the output of `python -m todo_insights changes` in format {FORMAT}; "
            "use an API and a pipeline of the same release."
        )
    return head


class LakeReader:
    """Restores the changes of a stream; skips hours that the checkpoint records as restored."""

    def __init__(self, checkpoint: Checkpoint, writer: RebuildWriter, progress: Progress) -> None:
        self._checkpoint = checkpoint
        self._writer = writer
        self._progress = progress
        self._batch: list[Document] = []
        self._start_hour()

    def run(self, documents: Iterator[Document], started: Callable[[Document], None]) -> None:
        """Restore every hour of the stream; calls `started` with the header of the stream.

        Raises RebuildError when the stream is damaged, incomplete or in another format. Raises
        AlreadyRebuiltError when the database already contains all data of the stream.
        """
        head = read_head(documents)
        self._checkpoint.require_unfinished(head)
        self._checkpoint.save(head=head)
        started(head)
        done_until, marks = _end_of(self._checkpoint.after), 0
        for document in documents:
            if "hour" in document:
                marks += 1
                if self._checkpoint.after is None or document["hour"] > self._checkpoint.after:
                    self._finish_hour(document)
                else:
                    self._progress(1, 0)
            elif document["at"] >= done_until:
                self._add(document)
        if marks != head["hours"]:
            raise RebuildError(f"The changes end after {marks} of {head['hours']} hours; export them again.")

    def _add(self, change: Document) -> None:
        self._found[change["entity"]].add(as_in_lake(change))
        self._batch.append(change)
        if len(self._batch) == BATCH:
            self._write()

    def _write(self) -> None:
        kept = [each for each in self._batch if each["at"] >= self._checkpoint.keep_from]
        self._writer.store(kept)
        # Users and tasks are restored here instead of from the log at the end, because the log may lack
        # expired changes.
        self._writer.project(self._batch)
        self._outdated += len(self._batch) - len(kept)
        self._invalid += sum(not is_valid(each) for each in self._batch)
        self._progress(0, len(self._batch))
        self._batch = []

    def _finish_hour(self, mark: Document) -> None:
        if {entity: checksum.summary() for entity, checksum in self._found.items()} != mark["changes"]:
            raise RebuildError(
                f"The changes of {mark['hour']} do not have the checksum that the lake recorded; "
                "export them again."
            )
        self._write()
        fields: Document = {
            "after": mark["hour"],
            "outdated": self._checkpoint.document["outdated"] + self._outdated,
            "odd": self._checkpoint.invalid + self._invalid,
        }
        if _end_of(mark["hour"]) > self._checkpoint.keep_from:
            kept = self._checkpoint.kept
            fields["kept"] = {name: each.plus(kept[name]).summary() for name, each in self._found.items()}
        self._checkpoint.save(**fields)
        self._start_hour()
        self._progress(1, 0)

    def _start_hour(self) -> None:
        self._found = {entity.value: Checksum() for entity in Entity}
        self._outdated = self._invalid = 0


def _end_of(hour: str | None) -> datetime:
    if hour is None:
        return datetime.min.replace(tzinfo=UTC)
    return datetime.strptime(hour, HOUR_FORMAT).replace(tzinfo=UTC) + timedelta(hours=1)


def _require_success(child: subprocess.Popen[bytes], arguments: Sequence[str], errors: IO[bytes]) -> None:
    if child.wait() != 0:
        errors.seek(0)
        text = errors.read().decode(errors="replace").strip()[-_MAX_ERROR_CHARACTERS:]
        raise RebuildError(f"`{' '.join(arguments)}` ended with status {child.returncode}: {text}")
