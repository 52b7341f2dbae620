"""The lines of the request log; in a server, a thread writes them in batches (docs/decisions/0061)."""

import atexit
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Lock, Thread
from typing import Any, NamedTuple, TextIO

# The time in seconds that a line waits until it is written. A killed process loses the lines that wait.
FLUSH_SECONDS = 0.05
# If the output is blocked and more than MAX_WAITING lines wait, requests wait for the output as well.
MAX_WAITING = 10_000


class RequestLine(NamedTuple):
    """The values of one line; values that are None are left out. `time` is in seconds since 1970."""

    time: float
    operation: str
    milliseconds: float | None
    request_id: str
    user_id: str | None
    route: str
    http_status: int
    metadata: dict[str, Any] | None


class RequestLines:
    """Writes lines to a stream: each line at once, or in batches after a call of `write_in_background`.

    `render` returns the text of a line without its end. In batches a line costs a fraction of the CPU time,
    because the caches of the processor still hold the code, and one system call writes all lines.
    """

    def __init__(self, stream: TextIO, render: Callable[[RequestLine], str]) -> None:
        self._stream = stream
        self._render = render
        # Appending to a deque is atomic, so threads need no lock.
        self._waiting: deque[RequestLine] = deque()
        self._writing = Lock()
        self._is_wanted = Event()
        self._in_background = False

    def add(self, line: RequestLine) -> None:
        """Write a line, or let the thread write it within FLUSH_SECONDS."""
        self._waiting.append(line)
        if not self._in_background or len(self._waiting) > MAX_WAITING:
            self.flush()
        elif not self._is_wanted.is_set():
            self._is_wanted.set()

    def flush(self) -> None:
        """Write all lines that wait; an OSError of the stream is raised again, and the lines are lost."""
        if not self._waiting:
            return
        with self._writing:
            lines = [self._waiting.popleft() for _ in range(len(self._waiting))]
            self._stream.write("".join([f"{self._render(line)}\n" for line in lines]))
            self._stream.flush()

    def write_in_background(self) -> None:
        """Start a thread that writes the lines in batches.

        When the process exits, the remaining lines are written too, even if the reason is a signal that
        gunicorn handles.
        """
        self._in_background = True
        atexit.register(self.flush)
        Thread(target=self._run, name="request lines", daemon=True).start()

    def _run(self) -> None:
        while self._is_wanted.wait():
            time.sleep(FLUSH_SECONDS)
            # The event is cleared before the lines are written. A line that is added between these two calls
            # is written now, but sets the event again; then the thread only wakes up once more.
            self._is_wanted.clear()
            # As with the logging module, a line that cannot be written ends neither a process nor a thread.
            with suppress(OSError):
                self.flush()
