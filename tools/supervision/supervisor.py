"""Starts the parts of the product, checks their health, restarts unhealthy parts, and stops all parts."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from rich.console import Console

from tools import ToolError
from tools.supervision import guardian
from tools.supervision.processes import STOP_SECONDS, Service, stop_services

CHECK_SECONDS = 0.5
# The seconds between two health checks, and the seconds that a check waits for a response. Both are shorter
# if UNHEALTHY_SECONDS is shorter.
HEALTH_CHECK_SECONDS, RESPONSE_SECONDS = 5.0, 10.0
# The seconds between two lines about the progress of a wait, if the output is not a terminal.
REPORT_SECONDS = 30.0
# A part makes progress if, within STALL_SECONDS, it writes to its log or uses STALL_CPU_SECONDS of CPU time.
STALL_SECONDS, STALL_CPU_SECONDS = 180.0, 0.1
MAX_RESTARTS, RESTART_PERIOD = 3, 600.0


@dataclass(frozen=True)
class Part:
    """A part of the product: `launch` starts it, and `problem` returns its problem, or None if it is healthy.

    `stops_last` is true for a part that other parts need, such as a database.
    """

    name: str
    launch: Callable[[], Service]
    problem: Callable[[], str | None]
    stops_last: bool = False


@dataclass(frozen=True)
class Limits:
    """The seconds that a part may take to start and to stop, and be unhealthy before it is restarted."""

    start: float
    unhealthy: float
    stop: float = STOP_SECONDS

    @classmethod
    def from_environment(cls) -> "Limits":
        """Read START_SECONDS, UNHEALTHY_SECONDS and STOP_SECONDS.

        Raises ToolError unless all are positive numbers.
        """
        return cls(
            _seconds("START_SECONDS", 1800),
            _seconds("UNHEALTHY_SECONDS", 60),
            _seconds("STOP_SECONDS", cls.stop),
        )

    @property
    def response(self) -> float:
        """The seconds in which a healthy part responds to a health check."""
        return min(RESPONSE_SECONDS, self.unhealthy)


@dataclass
class _RunningPart:
    part: Part
    service: Service
    since: float
    starting: bool = True
    was_healthy: bool = False
    unhealthy_since: float | None = None
    work_done: tuple[int, float] = (0, 0.0)
    progress_at: float = 0.0
    restarts: list[float] = field(default_factory=list)


class Supervisor:
    """Runs parts, and restarts each part that ends or stays unhealthy, at most MAX_RESTARTS times."""

    def __init__(self, console: Console, limits: Limits) -> None:
        self._console, self.limits = console, limits
        self._parts: list[_RunningPart] = []
        self._guardian: subprocess.Popen[bytes] | None = None
        self._checked_at = 0.0

    def start(self, *parts: Part) -> None:
        """Launch these parts; from then on, every method that waits also checks the health of all parts."""
        self._guard()
        for part in parts:
            self._parts.append(_RunningPart(part, part.launch(), time.monotonic()))

    def wait_until_healthy(self) -> None:
        """Wait until all parts are healthy, and show the names of parts that are not ready yet.

        Raises ToolError if a part ends, makes no progress, or takes longer than the limit.
        """
        with self._progress_display() as show:
            while waiting := self._check_health():
                show(f"Waiting for {', '.join(waiting)}")
                self._sleep()

    def complete(self, service: Service) -> None:
        """Wait until a command has ended; raises ToolError if the command fails."""
        try:
            with self._progress_display() as show:
                while service.process.poll() is None:
                    show(f"Waiting for {service.name}")
                    self._sleep()
        finally:
            service.stop()
        if service.process.returncode:
            raise ToolError(f"{service.name} {service.ending()}.\n{service.log_tail()}")

    def watch(self) -> None:
        """Check the parts until a signal such as SIGINT; raises ToolError if a part cannot be restarted."""
        while True:
            self._sleep()
            if time.monotonic() - self._checked_at >= min(HEALTH_CHECK_SECONDS, self.limits.unhealthy):
                self._check_health()

    def stop(self) -> None:
        """Stop all parts; parts with `stops_last`, such as databases, stop last."""
        for last in (False, True):
            services = [each.service for each in self._parts if each.part.stops_last is last]
            if services:
                stop_services(services, self.limits.stop)
        if self._guardian is not None and self._guardian.stdin is not None:
            with suppress(OSError):
                self._guardian.stdin.close()
            self._guardian.wait()

    @property
    def has_parts(self) -> bool:
        """Whether any part was started."""
        return bool(self._parts)

    def _sleep(self) -> None:
        time.sleep(CHECK_SECONDS)
        self._guard()
        for each in self._parts:
            if ending := each.service.ending():
                self._restart(each, ending)

    def _guard(self) -> None:
        if self._guardian is None or self._guardian.poll() is not None:
            self._guardian = guardian.start(self.limits.stop)

    def _check_health(self) -> list[str]:
        """Restart the parts that were unhealthy for too long; return the names of all unhealthy parts."""
        unhealthy = []
        for each in self._parts:
            problem, now = each.part.problem(), time.monotonic()
            if problem is None:
                each.starting, each.was_healthy, each.unhealthy_since = False, True, None
                continue
            since = each.unhealthy_since = each.unhealthy_since or now
            unhealthy.append(each.part.name)
            if each.starting:
                self._require_progress(each, problem)
            elif now - since > self.limits.unhealthy:
                self._restart(each, f"{problem} for {now - since:.0f} s")
                # Other parts may be unhealthy only because they need this part, so their limits start again.
                for other in self._parts:
                    other.unhealthy_since = None
        self._checked_at = time.monotonic()
        return unhealthy

    def _require_progress(self, running: _RunningPart, problem: str) -> None:
        now, (size, cpu) = time.monotonic(), running.service.work_done()
        if size != running.work_done[0] or cpu - running.work_done[1] > STALL_CPU_SECONDS:
            running.work_done, running.progress_at = (size, cpu), now
        if now - running.since > self.limits.start:
            reason = f"was not ready after {self.limits.start:g} s; START_SECONDS=<seconds> allows more"
        elif now - max(running.progress_at, running.since) > STALL_SECONDS:
            reason = f"has made no progress for {STALL_SECONDS:g} s"
        else:
            return
        raise ToolError(f"{running.part.name} {reason}. It {problem}.\n{running.service.log_tail()}")

    def _restart(self, running: _RunningPart, reason: str) -> None:
        """Restart a part; raises ToolError if the part was never healthy, or was restarted too often."""
        now = time.monotonic()
        running.restarts = [each for each in running.restarts if now - each < RESTART_PERIOD]
        failure = f"{running.part.name} {reason}"
        if not running.was_healthy or len(running.restarts) == MAX_RESTARTS:
            often = f", after {MAX_RESTARTS} restarts in ten minutes" if running.restarts else ""
            raise ToolError(f"{failure}{often}.\n{running.service.log_tail()}")
        self._console.print(f"{failure}. Restarting it.", highlight=False, markup=False, soft_wrap=True)
        running.service.stop(self.limits.stop)
        running.service, running.since = running.part.launch(), time.monotonic()
        running.starting, running.progress_at = True, running.since
        running.restarts.append(now)

    @contextmanager
    def _progress_display(self) -> Iterator[Callable[[str], None]]:
        """Yield a function that shows a text with the seconds since the start of the wait."""
        started = reported = time.monotonic()
        with self._console.status("Starting") as status:

            def show(text: str) -> None:
                nonlocal reported
                now = time.monotonic()
                status.update(f"{text} ({now - started:.0f} s)")
                if not self._console.is_terminal and now - reported > REPORT_SECONDS:
                    reported = now
                    self._console.print(f"{text} ({now - started:.0f} s)", highlight=False, markup=False)

            yield show


def _seconds(variable: str, default: float) -> float:
    text = os.environ.get(variable) or str(default)
    with suppress(ValueError):
        if 0 < float(text) < float("inf"):
            return float(text)
    raise ToolError(f"{variable}={text!r} is not a number of seconds; use a number above 0.")
