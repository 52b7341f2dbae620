"""Kills processes (SIGKILL) after each of their side effects, in forks of a small server.

A side effect is a command to the database or a change of a file. A kill at any line between two side effects
leaves the same state, so a test needs to kill at only one of these lines.

The server is a separate process with one thread and no open connections, so that it can fork safely.
`Crasher` starts the server with `python tests/crashes.py`.
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

from tests.sampling import ALL_CASES

ROOT = Path(__file__).resolve().parent.parent
# No action executes so many lines, so a process is not killed at this line.
NEVER = 10**6


class Crasher:
    """Runs functions in forked processes, which are killed at a given line."""

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
        """Run an action in a fork, and kill it at the `line`-th line that it executes in `files`.

        `function` is "module:name"; the function gets the arguments and returns the action, a callable.
        Returns the result of the action, or None if the fork was killed. For line 0, the fork is not killed,
        and the result is a trace with one number per executed line. The number changes after each side
        effect: a command to a database, or a change in the folder `watch`. If the module has a function
        `before_fork`, the server calls this function before the fork, so that the forks share the objects
        that the function caches.
        """
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        job = {"function": function, "files": files, "line": line, "arguments": arguments, "watch": watch}
        self._server.stdin.write(json.dumps(job) + "\n")
        self._server.stdin.flush()
        answer = json.loads(self._server.stdout.readline())
        assert answer["killed"] or answer["code"] == 0, answer
        return None if answer["killed"] else answer["result"]

    def kill_points(
        self, function: str, files: list[str], arguments: dict[str, Any], watch: str = ""
    ) -> list[int]:
        """Run the action without a kill; returns one line to kill at for each state that a kill can leave."""
        trace = self.run(function, files, 0, arguments, watch)["trace"]
        first = {state: line for line, state in reversed(list(enumerate(trace, 1)))}
        assert len(first) > 3, "fewer than four states were traced; check the list of files"
        return sorted(first.values())

    def every_kill(
        self, function: str, files: list[str], arguments: Callable[[int], Any], times: int = 1
    ) -> Iterator[Any]:
        """Run with a kill at each kill point, then without a kill; yields each result.

        Each kill point is used once; with ALL_CASES=1 it is used `times` times (`tests/sampling.py`).
        `arguments` is called with the number of the run: 0 for the run that finds the kill points, then 1
        for the first killed run, and so on.
        """
        repeated = range(times if ALL_CASES else 1)
        points = [each for each in self.kill_points(function, files, arguments(0)) for _ in repeated]
        for number, point in enumerate([*points, NEVER], 1):
            result = self.run(function, files, point, arguments(number))
            assert result is not None or point != NEVER
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


class _CommandCounter(CommandListener):
    """Counts the commands that this process sends to databases."""

    sent = 0

    def started(self, event: CommandStartedEvent) -> None:
        self.sent += 1

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Ignore the event: the command was counted when it started."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Ignore the event: the command was counted when it started."""


@dataclass
class _SideEffects:
    """Counts side effects: the number changes when a command is sent or the folder `watch` has changed."""

    commands: _CommandCounter
    watch: str
    seen: dict[Any, int] = field(default_factory=dict)

    def number(self) -> int:
        files = tuple(_files_below(self.watch)) if self.watch else ()
        return self.seen.setdefault((self.commands.sent, files), len(self.seen))


def _files_below(folder: str) -> Iterator[tuple[str | int, ...]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            found = entry.stat()
            yield entry.path, found.st_ino, found.st_size, found.st_mtime_ns
            if entry.is_dir():
                yield from _files_below(entry.path)


def _serve() -> None:
    commands = _CommandCounter()
    monitoring.register(commands)
    for text in sys.stdin:
        job = json.loads(text)
        module, name = job["function"].split(":")
        # The module is imported before the fork, so that the forks do not import it again.
        imported = importlib.import_module(module)
        function = getattr(imported, name)
        if before_fork := getattr(imported, "before_fork", None):
            before_fork(**job["arguments"])
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            _run_and_kill(function, job, writer, _SideEffects(commands, job["watch"]))
        os.close(writer)
        with os.fdopen(reader) as results:
            result = results.read()
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        code = None if killed else os.waitstatus_to_exitcode(status)
        answer = {"killed": killed, "code": code, "result": json.loads(result) if result else None}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _run_and_kill(
    function: Callable[..., Any], job: dict[str, Any], writer: int, side_effects: _SideEffects
) -> None:
    remaining = job["line"]
    lines: list[int] = []
    files = tuple(str(ROOT / name) for name in job["files"])

    def local(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal remaining
        if event in ("line", "return"):
            if not job["line"]:
                lines.append(side_effects.number())
            remaining -= 1
            if remaining == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return local

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        return local if frame.f_code.co_filename in files else None

    act = function(**job["arguments"])
    sys.settrace(trace)
    result = act()
    sys.settrace(None)
    with os.fdopen(writer, "w") as answer:
        json.dump(result if job["line"] else {"trace": lines}, answer)
    os._exit(0)


if __name__ == "__main__":
    _serve()
