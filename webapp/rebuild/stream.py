"""The lake's changes as the pipeline hands them out: BSON from a program of its own, or from a file."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO

import bson
from bson.codec_options import CodecOptions
from bson.errors import BSONError

from webapp.core.database import Document
from webapp.rebuild.errors import RebuildError

FORMAT = 1
COMMAND = (sys.executable, "-m", "todo_insights", "changes")
_OPTIONS: CodecOptions[Document] = CodecOptions(tz_aware=True)
_LAST_WORDS = 2000


@contextmanager
def from_command(command: Sequence[str], after: str | None) -> Iterator[Iterator[Document]]:
    """What a command writes; raises RebuildError at the end when it failed, with its last words."""
    arguments = [*command, *(["--after", after] if after else [])]
    with tempfile.TemporaryFile() as words:
        try:
            child = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=words)
        except OSError as error:
            raise RebuildError(
                f"Cannot start {arguments[0]}: {error.strerror}. Name the pipeline's command with --command."
            ) from error
        with child:
            assert child.stdout is not None  # noqa: S101  # for mypy: a pipe was asked for
            try:
                yield read(child.stdout)
            except RebuildError:
                # A stream that breaks off is explained by the program that wrote it, if that failed.
                child.stdout.close()
                _require_success(child, arguments, words)
                raise
            child.stdout.close()
            _require_success(child, arguments, words)


def read(stream: IO[bytes]) -> Iterator[Document]:
    """The documents one after the other; raises RebuildError for anything that is no BSON."""
    try:
        yield from bson.decode_file_iter(stream, _OPTIONS)
    except (BSONError, ValueError) as error:
        raise RebuildError(f"The changes break off or are damaged ({error}); fetch them again.") from error


def head_of(documents: Iterator[Document]) -> Document:
    """The first document; raises RebuildError unless it is the head of a stream that we can read."""
    head = next(documents, None)
    if head is None or head.get("format") != FORMAT:
        raise RebuildError(
            f"This is not what `python -m todo_insights changes` writes in its format {FORMAT}; "
            "API and pipeline have to be of the same release."
        )
    return head


def _require_success(child: subprocess.Popen[bytes], arguments: Sequence[str], words: IO[bytes]) -> None:
    if child.wait() != 0:
        words.seek(0)
        said = words.read().decode(errors="replace").strip()[-_LAST_WORDS:]
        raise RebuildError(f"`{' '.join(arguments)}` ended with status {child.returncode}: {said}")
