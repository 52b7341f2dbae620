"""The course of a soak: users in threads; the main thread kills, restarts, measures and shows progress."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random

import requests

from bench.serving import Product
from bench.soak.load import KEEP_SIGNED_IN, choose
from bench.soak.memory import Memory
from bench.soak.model import Contradiction
from bench.soak.recorder import Outcome, Recorder
from bench.soak.user import User
from bench.soak.verdict import judge

# In turn: longer than a request waits for the database, back at once, shorter than that.
AWAY_SECONDS = (3.0, 0.0, 1.0)
TICK_SECONDS = 0.25
# How many users sign up at once: passwords cost processor time on purpose, and are not what is measured.
DOORS = 4


@dataclass(frozen=True)
class Plan:
    """How long, with how many users, and how often the database is killed, at even distances."""

    seconds: float
    users: int
    kills: int
    seed: int = 1

    @property
    def kill_times(self) -> list[float]:
        """When the database is killed, in seconds from the start."""
        return [self.seconds * number / (self.kills + 1) for number in range(1, self.kills + 1)]


@dataclass(frozen=True)
class Kill:
    """One death of the database, in seconds since the start; `first_answer` is the API's first one since."""

    killed: float
    restarted: float
    first_answer: float | None


@dataclass
class Soak:
    """A soak in progress and what it found out."""

    product: Product
    plan: Plan
    recorder: Recorder = field(default_factory=Recorder)
    memory: Memory = field(default_factory=Memory)
    downtimes: list[tuple[float, float]] = field(default_factory=list)
    users: list[User] = field(default_factory=list)
    seconds: float = 0.0

    def run(self, progress: Callable[["Soak"], None] = lambda soak: None) -> None:
        """Have the users work for the planned time; `progress` is called a few times a second."""
        self.users = [
            User(self.product.url, number, Random(f"{self.plan.seed}-{number}"), self.recorder)  # noqa: S311  # no secret
            for number in range(self.plan.users)
        ]
        doors, over = threading.Semaphore(DOORS), threading.Event()
        with ThreadPoolExecutor(self.plan.users) as pool:
            at_work = [pool.submit(_work, user, doors, over) for user in self.users]
            try:
                self._direct(progress, lambda: all(worker.done() for worker in at_work))
            finally:
                over.set()
        self.seconds = self.recorder.now()
        for worker in at_work:
            worker.result()

    def judge(self) -> list[str]:
        """Everything that must not have happened; an empty list is a passed soak."""
        memory = [
            f"worker {trend.pid} grows by {trend.percent:.1f} % in 10 minutes"
            for trend in self.memory.trends()
            if not trend.is_flat
        ]
        unclear = [
            f"{count} requests ended as {outcome}, though gunicorn was not killed"
            for outcome in (Outcome.RESET, Outcome.TIMEOUT)
            if (count := self.recorder.count(outcome))
        ]
        return [*self.recorder.findings, *unclear, *memory, *judge(self.product.mongodb_uri, self.users)]

    def kills(self) -> list[Kill]:
        """The deaths of the database, and how soon the API answered again."""
        return [
            Kill(killed, restarted, self.recorder.first_answer_after(restarted))
            for killed, restarted in self.downtimes
        ]

    def _direct(self, progress: Callable[["Soak"], None], nobody_works: Callable[[], bool]) -> None:
        due = self.plan.kill_times
        while (now := self.recorder.now()) < self.plan.seconds and not nobody_works():
            if due and now >= due[0]:
                due.pop(0)
                self._kill()
            self.memory.sample(now, self.product.workers())
            self.product.web.raise_if_dead()
            progress(self)
            time.sleep(TICK_SECONDS)

    def _kill(self) -> None:
        self.product.kill_the_database()
        killed = self.recorder.now()
        time.sleep(AWAY_SECONDS[len(self.downtimes) % len(AWAY_SECONDS)])
        restarted = self.recorder.now()
        self.product.restart_the_database()
        self.downtimes.append((killed, restarted))


def _work(user: User, doors: threading.Semaphore, over: threading.Event) -> None:
    """Sign up, then do one thing after the other; a contradiction ends this user's work."""
    try:
        with doors:
            user.sign_up()
        while not over.is_set():
            operation = KEEP_SIGNED_IN if user.should_refresh else choose(user)
            user.operation = operation.name
            operation.perform(user)
    except (Contradiction, requests.JSONDecodeError, KeyError) as error:
        user.recorder.find(f"user {user.number}, {user.operation}: {error!r}")
