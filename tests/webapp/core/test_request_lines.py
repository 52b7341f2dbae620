"""The writer of the request log loses no line, keeps the order, and does not make requests wait."""

import io
import json
import logging
import subprocess
import sys
import time
from collections.abc import Callable
from threading import Event, Thread
from typing import Any

from webapp.core import request_lines
from webapp.core.logs import request_lines as configured_lines
from webapp.core.request_lines import RequestLine, RequestLines

AT_EXIT = """\
import sys
from webapp.core.logs import configure_logging, request_lines
from webapp.http.request_log import log_request
configure_logging(sys.stdout, {})
request_lines().write_in_background()
for number in range(3):
    log_request("GET /", "/", 200, 1.5, str(number))
sys.exit(1)
"""


def line(number: int) -> RequestLine:
    return RequestLine(time.time(), "GET /", 1.0, str(number), None, "/", 200, None)


def request_id(each: RequestLine) -> str:
    return each.request_id


class BlockedStream(io.StringIO):
    """Output that accepts nothing until it is released, like a pipe whose reader is busy."""

    def __init__(self) -> None:
        super().__init__()
        self.released = Event()

    def write(self, text: str) -> int:
        self.released.wait(10)
        return super().write(text)


def test_lines_are_written_at_exit() -> None:
    ended = subprocess.run([sys.executable, "-c", AT_EXIT], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert [json.loads(text)["request_id"] for text in ended.stdout.splitlines()] == ["0", "1", "2"]


def test_thread_writes_lines_of_several_bursts() -> None:
    lines = RequestLines(stream := io.StringIO(), request_id)
    lines.write_in_background()
    for burst in (1, 2):
        lines.add(line(burst))
        end = time.monotonic() + 10
        while stream.getvalue().split()[-1:] != [str(burst)]:
            assert time.monotonic() < end
            time.sleep(0.01)


def test_warning_comes_after_the_requests_before_it(
    log_lines: Callable[[], list[dict[str, Any]]],
) -> None:
    lines = configured_lines()
    assert lines is not None
    lines.write_in_background()
    lines.add(line(1))
    logging.getLogger("webapp").warning("late")
    assert [each["message"] for each in log_lines()] == ["request", "late"]


def test_blocked_output_loses_no_line_and_bounds_the_queue(monkeypatch: Any) -> None:
    monkeypatch.setattr(request_lines, "MAX_WAITING", 20)
    lines = RequestLines(stream := BlockedStream(), request_id)
    lines.write_in_background()
    added: list[int] = []

    def send() -> None:
        for number in range(100):
            lines.add(line(number))
            added.append(number)

    sender = Thread(target=send)
    sender.start()
    sender.join(0.3)
    assert len(added) < 100
    stream.released.set()
    sender.join(10)
    lines.flush()
    assert stream.getvalue().split() == [str(number) for number in range(100)]
