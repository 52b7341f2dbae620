"""Cached facts about users: a process reads each fact once, and discards it when the fact changes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from tests.webapp.conftest import MovableClock
from webapp.database.connection import Database
from webapp.database.user_facts import FRESH_SECONDS, MAX_AGE_SECONDS, POLL_SECONDS, UserFacts

ADA, EVE = "ada", "eve"
# The steps of the clock are slightly longer than the interval, so that rounding errors of floating-point sums
# cannot prevent a poll.
POLL = POLL_SECONDS + 0.001


@dataclass
class StoredFacts:
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
def facts(database: Database, clock: MovableClock) -> StoredFacts:
    return StoredFacts(database, clock)


def test_fact_is_read_once(facts: StoredFacts) -> None:
    process = facts.process()
    for _ in range(20):
        assert facts.zone(process) == "UTC"
        facts.wait(POLL)
    assert facts.reads == 1


def test_acting_process_sees_its_change_at_once(facts: StoredFacts) -> None:
    process = facts.process()
    facts.zone(process)
    facts.move(process, "Europe/Lisbon")
    assert facts.zone(process) == "Europe/Lisbon"


@pytest.mark.parametrize("ahead", [-4, 0, 4])
def test_other_process_sees_a_change_with_its_next_poll(facts: StoredFacts, ahead: float) -> None:
    here, there = facts.process(), facts.process(ahead)
    assert (facts.zone(there), facts.zone(there, EVE)) == ("UTC", "UTC")
    facts.wait(POLL)
    facts.zone(there)
    facts.move(here, "Europe/Lisbon")
    assert facts.zone(there) == "UTC"
    facts.wait(POLL)
    assert facts.zone(there) == "Europe/Lisbon"
    reads = facts.reads
    assert (facts.zone(there, EVE), facts.reads) == ("UTC", reads)


def test_write_that_is_slow_after_its_announcement_is_seen(facts: StoredFacts) -> None:
    here, there = facts.process(), facts.process()
    facts.zone(there)
    with here.changing(ADA):
        for _ in range(5):
            facts.wait(POLL)
            assert facts.zone(there) == "UTC"
        facts.zones[ADA] = "Europe/Lisbon"
    facts.wait(POLL)
    assert facts.zone(there) == "Europe/Lisbon"


def test_fact_that_changes_while_it_is_read_is_not_remembered(facts: StoredFacts) -> None:
    process = facts.process()

    def read_before_the_change() -> str:
        found = facts.zones[ADA]
        facts.move(process, "Europe/Lisbon")
        return found

    assert process.get(ADA, "zone", read_before_the_change) == "UTC"
    assert facts.zone(process) == "Europe/Lisbon"


def test_slow_read_is_not_remembered(facts: StoredFacts) -> None:
    process = facts.process()

    def slow() -> str:
        facts.wait(FRESH_SECONDS)
        return "a fact of a second ago"

    process.get(ADA, "zone", slow)
    assert facts.zone(process) == "UTC"


def test_request_reads_itself_while_another_one_polls_for_too_long(facts: StoredFacts) -> None:
    here, there = facts.process(), facts.process()
    facts.zone(there)
    facts.move(here, "Europe/Lisbon")
    with there._polling:
        facts.wait(FRESH_SECONDS - 0.01)
        assert facts.zone(there) == "UTC"
        facts.wait(0.01)
        assert facts.zone(there) == "Europe/Lisbon"


@pytest.mark.parametrize("pause", [1, 20, 60, 3600])
def test_change_during_a_pause_is_seen(facts: StoredFacts, pause: float) -> None:
    here, there = facts.process(), facts.process()
    facts.zone(there)
    facts.move(here, "Europe/Lisbon")
    facts.wait(pause)
    assert facts.zone(there) == "Europe/Lisbon"


def test_change_without_an_announcement_is_seen_after_a_while(facts: StoredFacts) -> None:
    process = facts.process()
    facts.zone(process)
    facts.zones[ADA] = "Europe/Lisbon"
    for _ in range(int(MAX_AGE_SECONDS / 2)):
        facts.zone(process)
        facts.wait(2)
    assert facts.zone(process) == "Europe/Lisbon"


def test_error_is_not_remembered(facts: StoredFacts) -> None:
    process = facts.process()

    def missing() -> str:
        raise LookupError

    with pytest.raises(LookupError):
        process.get(ADA, "zone", missing)
    assert facts.zone(process) == "UTC"


def test_change_that_fails_is_read_again(facts: StoredFacts) -> None:
    process = facts.process()
    facts.zone(process)

    def lost_response() -> None:
        with process.changing(ADA):
            facts.zones[ADA] = "Europe/Lisbon"
            raise LookupError

    with pytest.raises(LookupError):
        lost_response()
    assert facts.zone(process) == "Europe/Lisbon"
