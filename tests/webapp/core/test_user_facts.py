"""Cached facts about users: a process reads each fact once, and discards it when the fact changes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from tests.webapp.conftest import MovableClock
from webapp.core.database import Database
from webapp.core.user_facts import FRESH_SECONDS, MAX_AGE_SECONDS, POLL_SECONDS, UserFacts

ADA, EVE = "ada", "eve"
# The steps of the clock are slightly longer than the interval, so that rounding errors of floating-point sums
# cannot prevent a poll.
POLL = POLL_SECONDS + 0.001


@dataclass
class World:
    """The stored facts, which several processes share, and how often processes have read them."""

    database: Database
    clock: MovableClock
    zones: dict[str, str] = field(default_factory=lambda: {ADA: "UTC", EVE: "UTC"})
    reads: int = 0
    seconds: float = 0.0

    def process(self, ahead: float = 0.0) -> UserFacts:
        """The cache of another process, whose clock is ahead by this number of seconds."""
        return UserFacts(
            self.database, lambda: self.clock() + timedelta(seconds=ahead), timer=lambda: self.seconds
        )

    def read(self, user_id: str) -> Callable[[], str]:
        def zone() -> str:
            self.reads += 1
            return self.zones[user_id]

        return zone

    def zone(self, process: UserFacts, user_id: str = ADA) -> str:
        return process.get(user_id, "zone", self.read(user_id))

    def move(self, process: UserFacts, zone: str, user_id: str = ADA) -> None:
        with process.changing(user_id):
            self.zones[user_id] = zone

    def wait(self, seconds: float) -> None:
        self.seconds += seconds
        self.clock.advance(seconds=seconds)


@pytest.fixture
def world(database: Database, clock: MovableClock) -> World:
    return World(database, clock)


def test_fact_is_read_once(world: World) -> None:
    process = world.process()
    for _ in range(20):
        assert world.zone(process) == "UTC"
        world.wait(POLL)
    assert world.reads == 1


def test_acting_process_sees_its_change_at_once(world: World) -> None:
    process = world.process()
    world.zone(process)
    world.move(process, "Europe/Lisbon")
    assert world.zone(process) == "Europe/Lisbon"


@pytest.mark.parametrize("ahead", [-4, 0, 4])
def test_other_process_sees_a_change_with_its_next_poll(world: World, ahead: float) -> None:
    here, there = world.process(), world.process(ahead)
    assert (world.zone(there), world.zone(there, EVE)) == ("UTC", "UTC")
    world.wait(POLL)
    world.zone(there)
    world.move(here, "Europe/Lisbon")
    assert world.zone(there) == "UTC"
    world.wait(POLL)
    assert world.zone(there) == "Europe/Lisbon"
    reads = world.reads
    assert (world.zone(there, EVE), world.reads) == ("UTC", reads)


def test_write_that_is_slow_after_its_announcement_is_seen(world: World) -> None:
    here, there = world.process(), world.process()
    world.zone(there)
    with here.changing(ADA):
        for _ in range(5):
            world.wait(POLL)
            assert world.zone(there) == "UTC"
        world.zones[ADA] = "Europe/Lisbon"
    world.wait(POLL)
    assert world.zone(there) == "Europe/Lisbon"


def test_fact_that_changes_while_it_is_read_is_not_remembered(world: World) -> None:
    process = world.process()

    def read_before_the_change() -> str:
        found = world.zones[ADA]
        world.move(process, "Europe/Lisbon")
        return found

    assert process.get(ADA, "zone", read_before_the_change) == "UTC"
    assert world.zone(process) == "Europe/Lisbon"


def test_slow_read_is_not_remembered(world: World) -> None:
    process = world.process()

    def slow() -> str:
        world.wait(FRESH_SECONDS)
        return "a fact of a second ago"

    process.get(ADA, "zone", slow)
    assert world.zone(process) == "UTC"


def test_request_reads_itself_while_another_one_polls_for_too_long(world: World) -> None:
    here, there = world.process(), world.process()
    world.zone(there)
    world.move(here, "Europe/Lisbon")
    with there._polling:
        world.wait(FRESH_SECONDS - 0.01)
        assert world.zone(there) == "UTC"
        world.wait(0.01)
        assert world.zone(there) == "Europe/Lisbon"


@pytest.mark.parametrize("pause", [1, 20, 60, 3600])
def test_change_during_a_pause_is_seen(world: World, pause: float) -> None:
    here, there = world.process(), world.process()
    world.zone(there)
    world.move(here, "Europe/Lisbon")
    world.wait(pause)
    assert world.zone(there) == "Europe/Lisbon"


def test_change_without_an_announcement_is_seen_after_a_while(world: World) -> None:
    process = world.process()
    world.zone(process)
    world.zones[ADA] = "Europe/Lisbon"
    for _ in range(int(MAX_AGE_SECONDS / 2)):
        world.zone(process)
        world.wait(2)
    assert world.zone(process) == "Europe/Lisbon"


def test_error_is_not_remembered(world: World) -> None:
    process = world.process()

    def missing() -> str:
        raise LookupError

    with pytest.raises(LookupError):
        process.get(ADA, "zone", missing)
    assert world.zone(process) == "UTC"


def test_change_that_fails_is_read_again(world: World) -> None:
    process = world.process()
    world.zone(process)

    def lost_response() -> None:
        with process.changing(ADA):
            world.zones[ADA] = "Europe/Lisbon"
            raise LookupError

    with pytest.raises(LookupError):
        lost_response()
    assert world.zone(process) == "Europe/Lisbon"
