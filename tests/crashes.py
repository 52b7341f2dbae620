"""Killing processes at every step: a small server of forks, each of which dies (SIGKILL) where it is told.

A step is what somebody else could notice: a command to the database, a change of a file. Between two of them
a kill leaves the same at every line, so one of these lines stands for all.

The server is a process of its own, single-threaded and without open connections, so that forking it is safe.
Run as `python tests/crashes.py`; `Crasher` is the client.
"""

import importlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from pymongo import monitoring
from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)

ROOT = Path(__file__).resolve().parent.parent
# No function has as many lines.
NEVER = 10**6


class Crasher:
    """Runs functions in forked processes that are killed at a chosen line."""

    def __init__(self) -> None:
        self._server = subprocess.Popen(
            [sys.executable, "-u", str(Path(__file__).resolve())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "dags")])},
        )

    def run(
        self, function: str, files: list[str], line: int, arguments: dict[str, Any], watch: str = ""
    ) -> Any:
        """Fork, prepare and act, and die at the `line`-th line that the act executes in `files`.

        The function "module:name" gets the arguments and returns the act, a callable. Returns what that
        returned, or None if the process was killed first; at line 0, which never comes, the trace:
        a number for each line, the same as before if nothing below the folder `watch` changed since, and no
        command was sent to a database.
        What the module's `before_fork` caches for these arguments, if it has one, all forks share.
        """
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        order = {"function": function, "files": files, "line": line, "arguments": arguments, "watch": watch}
        self._server.stdin.write(json.dumps(order) + "\n")
        self._server.stdin.flush()
        answer = json.loads(self._server.stdout.readline())
        assert answer["killed"] or answer["code"] == 0, answer
        return None if answer["killed"] else answer["result"]

    def places(
        self, function: str, files: list[str], arguments: dict[str, Any], watch: str = ""
    ) -> list[int]:
        """Run once unharmed; returns a line of `files` for each thing that a kill at any line can leave."""
        trace = self.run(function, files, 0, arguments, watch)["trace"]
        first = {left: place for place, left in reversed(list(enumerate(trace, 1)))}
        assert len(first) > 3, "nothing was traced: are the files still the right ones?"
        return sorted(first.values())

    def every_kill(
        self, function: str, files: list[str], arguments: Callable[[int], Any], times: int = 1
    ) -> Iterator[Any]:
        """Run again and again, killed so many `times` at each place, then unharmed; yields each result.

        The runs are numbered from 1 for their arguments; before them, number 0 finds the places.
        """
        places = [each for each in self.places(function, files, arguments(0)) for _ in range(times)]
        for number, place in enumerate([*places, NEVER], 1):
            result = self.run(function, files, place, arguments(number))
            assert result is not None or place != NEVER
            yield result

    def close(self) -> None:
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.close()
        self._server.stdout.close()
        self._server.wait(timeout=10)


@contextmanager
def crasher() -> Iterator[Crasher]:
    opened = Crasher()
    try:
        yield opened
    finally:
        opened.close()


class _Commands(CommandListener):
    """Counts the commands that this process sends to databases."""

    sent = 0

    def started(self, event: CommandStartedEvent) -> None:
        self.sent += 1

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Counted when it was sent."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Counted when it was sent."""


@dataclass
class _Outside:
    """What others could notice of this process, told by numbers: equal as long as nothing happens."""

    commands: _Commands
    watch: str
    seen: dict[Any, int] = field(default_factory=dict)

    def number(self) -> int:
        files = tuple(_below(self.watch)) if self.watch else ()
        return self.seen.setdefault((self.commands.sent, files), len(self.seen))


def _below(folder: str) -> Iterator[tuple[str | int, ...]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            found = entry.stat()
            yield entry.path, found.st_ino, found.st_size, found.st_mtime_ns
            if entry.is_dir():
                yield from _below(entry.path)


def _serve() -> None:
    commands = _Commands()
    monitoring.register(commands)
    for text in sys.stdin:
        order = json.loads(text)
        module, name = order["function"].split(":")
        # Imported here, before the fork, so that children start at once.
        imported = importlib.import_module(module)
        function = getattr(imported, name)
        if before_fork := getattr(imported, "before_fork", None):
            before_fork(**order["arguments"])
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            _die_or_answer(function, order, writer, _Outside(commands, order["watch"]))
        os.close(writer)
        with os.fdopen(reader) as results:
            result = results.read()
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        code = None if killed else os.waitstatus_to_exitcode(status)
        answer = {"killed": killed, "code": code, "result": json.loads(result) if result else None}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _die_or_answer(
    function: Callable[..., Any], order: dict[str, Any], writer: int, outside: _Outside
) -> None:
    remaining = order["line"]
    lines: list[int] = []
    files = tuple(str(ROOT / name) for name in order["files"])

    def local(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal remaining
        if event in ("line", "return"):
            if not order["line"]:
                lines.append(outside.number())
            remaining -= 1
            if remaining == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return local

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        return local if frame.f_code.co_filename in files else None

    act = function(**order["arguments"])
    sys.settrace(trace)
    result = act()
    sys.settrace(None)
    with os.fdopen(writer, "w") as answer:
        json.dump(result if order["line"] else {"trace": lines}, answer)
    os._exit(0)


if __name__ == "__main__":
    _serve()
