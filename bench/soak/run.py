"""Runs a soak: threads simulate users, and the main thread kills the database and measures memory."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random

import requests

from bench.serving import MeasuredProduct
from bench.soak.difficult_clients import DIFFICULT_CLIENTS
from bench.soak.expected_state import ConsistencyError
from bench.soak.memory import Memory
from bench.soak.operations import REFRESH_TOKENS, choose_operation
from bench.soak.recorder import AttemptOutcome, Recorder
from bench.soak.user import User
from bench.soak.verdict import find_violations
from tools import ToolError

# The durations of the outages in seconds, repeated in this order. A request waits for the database longer
# than the third outage, but not as long as the first outage. The second outage is an immediate restart.
OUTAGE_SECONDS = (3.0, 0.0, 1.0)
TICK_SECONDS = 0.25
# The maximum number of concurrent registrations: password hashing uses much CPU time by design.
SIGN_UP_LIMIT = 4


@dataclass(frozen=True)
class Plan:
    """The duration of a soak in seconds, its number of users, and its number of database kills."""

    seconds: float
    users: int
    kills: int
    seed: int = 1

    @property
    def kill_times(self) -> list[float]:
        """The times of the kills, at equal intervals, in seconds from the start."""
        return [self.seconds * number / (self.kills + 1) for number in range(1, self.kills + 1)]


@dataclass(frozen=True)
class Kill:
    """A kill of the database; all times are in seconds from the start of the soak."""

    killed: float
    restarted: float
    first_answer: float | None


@dataclass
class Soak:
    """A soak: the product, its simulated users and the measurements."""

    product: MeasuredProduct
    plan: Plan
    recorder: Recorder = field(default_factory=Recorder)
    memory: Memory = field(default_factory=Memory)
    downtimes: list[tuple[float, float]] = field(default_factory=list)
    users: list[User] = field(default_factory=list)
    seconds: float = 0.0

    def run(self, progress: Callable[["Soak"], None] = lambda soak: None) -> None:
        """Simulate the users for the planned time; calls `progress` several times per second."""
        self.users = [
            User(self.product.url, number, Random(f"{self.plan.seed}-{number}"), self.recorder)  # noqa: S311  # repeatable, not secret
            for number in range(self.plan.users)
        ]
        sign_up_limit, stopped = threading.Semaphore(SIGN_UP_LIMIT), threading.Event()
        with ThreadPoolExecutor(self.plan.users + len(DIFFICULT_CLIENTS)) as pool:
            difficult = [
                pool.submit(client, self.product.port, self.recorder, stopped) for client in DIFFICULT_CLIENTS
            ]
            workers = [pool.submit(_simulate_user, user, sign_up_limit, stopped) for user in self.users]
            try:
                self._control(progress, lambda: all(worker.done() for worker in workers))
            finally:
                stopped.set()
        self.seconds = self.recorder.now()
        for worker in (*workers, *difficult):
            worker.result()

    def find_violations(self) -> list[str]:
        """Return all findings; an empty list means that the soak passed."""
        memory = [
            f"worker {trend.pid} grows by {trend.percent:.1f} % in 10 minutes"
            for trend in self.memory.trends()
            if not trend.is_stable
        ]
        failed_connections = [
            f"{count} requests ended as {outcome}, although gunicorn was not killed"
            for outcome in (AttemptOutcome.RESET, AttemptOutcome.TIMEOUT)
            if (count := self.recorder.count(outcome))
        ]
        return [
            *self.recorder.findings,
            *failed_connections,
            *memory,
            *find_violations(self.product.mongodb_uri, self.users),
        ]

    def kills(self) -> list[Kill]:
        """Return the kills of the database, each with the first answered request after the kill."""
        return [
            Kill(killed, restarted, self.recorder.first_answer_after(restarted))
            for killed, restarted in self.downtimes
        ]

    def _control(self, progress: Callable[["Soak"], None], is_idle: Callable[[], bool]) -> None:
        due = self.plan.kill_times
        while (now := self.recorder.now()) < self.plan.seconds and not is_idle():
            if due and now >= due[0]:
                due.pop(0)
                self._kill()
            self.memory.sample(now, self.product.workers())
            if how := self.product.web.ending():
                raise ToolError(f"The API {how}.\n{self.product.web.log_tail()}")
            progress(self)
            time.sleep(TICK_SECONDS)

    def _kill(self) -> None:
        self.product.kill_database()
        killed = self.recorder.now()
        time.sleep(OUTAGE_SECONDS[len(self.downtimes) % len(OUTAGE_SECONDS)])
        restarted = self.recorder.now()
        self.product.restart_database()
        self.downtimes.append((killed, restarted))


def _simulate_user(user: User, sign_up_limit: threading.Semaphore, stopped: threading.Event) -> None:
    """Register a user and perform operations until the soak stops, or a response is inconsistent."""
    try:
        with sign_up_limit:
            user.sign_up()
        while not stopped.is_set():
            operation = REFRESH_TOKENS if user.token_expires_soon else choose_operation(user)
            user.operation = operation.name
            operation.perform(user)
    except (ConsistencyError, requests.JSONDecodeError, KeyError) as error:
        user.recorder.add_finding(f"user {user.number}, {user.operation}: {error!r}")
