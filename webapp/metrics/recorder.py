"""Records requests and events; a request only appends each record to a queue."""

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

T = TypeVar("T")

LOGIN = "/api/v1/auth/login"
# The names of the events of the write protocol (webapp/changes/log.py).
IDEMPOTENT_REPLAYS, COMMIT_CONFLICTS, ROLL_FORWARDS = "IdempotentReplays", "CommitConflicts", "RollForwards"
EVENTS = (IDEMPOTENT_REPLAYS, COMMIT_CONFLICTS, ROLL_FORWARDS)
# The names of the counts over all routes; docs/metrics.md defines each count.
COUNTS = ("Requests", "Errors4xx", "Errors5xx", "LoginFailures", "RateLimited", "DatabaseErrors", *EVENTS)


class Request(NamedTuple):
    """A finished request: the template of its route, its status, and its duration in milliseconds."""

    route: str
    status: int
    milliseconds: float | None


@dataclass
class Sums:
    """The sums of requests and events.

    `counts` contains the count of each metric, and `requests` the number of requests by route and status.
    `durations` lists the milliseconds of all requests by route.
    """

    counts: Counter[str] = field(default_factory=Counter)
    durations: dict[str, list[float]] = field(default_factory=dict)
    requests: Counter[tuple[str, int]] = field(default_factory=Counter)

    def add(self, requests: list[Request], events: list[str]) -> None:
        """Add these requests and events to the sums."""
        self.counts.update(events)
        added = Counter((route, status) for route, status, _ in requests)
        self.requests.update(added)
        for (route, status), number in added.items():
            for name in counted_as(route, status):
                self.counts[name] += number
        for route, _, milliseconds in requests:
            if milliseconds is not None:
                self.durations.setdefault(route, []).append(milliseconds)


def counted_as(route: str, status: int) -> Iterator[str]:
    """Yield the name of each count that this request increases by one."""
    yield "Requests"
    if status >= 500:
        yield "Errors5xx"
    elif status >= 400:
        yield "Errors4xx"
    if status == 401 and route == LOGIN:
        yield "LoginFailures"
    if status == 429:
        yield "RateLimited"
    if status == 503:
        yield "DatabaseErrors"


class MetricsRecorder:
    """Keeps the requests and events of one process until `take` returns them.

    Appending to a deque is atomic, so threads need no lock. A process without a publisher, such as a command,
    keeps only the newest MAX_KEPT records.
    """

    MAX_KEPT = 100_000

    def __init__(self) -> None:
        self._requests: deque[Request] = deque(maxlen=self.MAX_KEPT)
        self._events: deque[str] = deque(maxlen=self.MAX_KEPT)
        self.event = self._events.append
        """Record an event, one of EVENTS."""

    def request(self, route: str, status: int, milliseconds: float | None) -> None:
        """Record a finished request; a request that could not be parsed has no duration."""
        self._requests.append(Request(route, status, milliseconds))

    def take(self) -> tuple[list[Request], list[str]]:
        """Return the requests and events that were recorded, and remove them."""
        return _pop_all(self._requests), _pop_all(self._events)


def _pop_all(queue: deque[T]) -> list[T]:
    # Other threads may append during the loop; the next call returns the records that are added after `len`.
    return [queue.popleft() for _ in range(len(queue))]
