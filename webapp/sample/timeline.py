"""Plans a scenario from its seed: the sample users, and the times at which they act."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

# The default seed of a scenario.
SEED = 7
PASSWORD = "look around and try"  # noqa: S105  # public: only the embedded environment has sample users
NAMES = ("Ada", "Bela", "Chidi", "Dana", "Emeka", "Farah", "Goro", "Hana", "Ilse", "Jomo", "Kaya", "Lior")
TIME_ZONES = (
    "Europe/Lisbon",
    "America/New_York",
    "Asia/Kolkata",
    "Pacific/Auckland",
    "America/Sao_Paulo",
    "UTC",
)
WAKING_HOURS = range(7, 23)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Persona:
    """A sample user; `actions_per_hour` is the mean number of actions per waking hour."""

    index: int
    name: str
    email: str
    time_zone: str
    joined: datetime
    actions_per_hour: float


@dataclass(frozen=True)
class Event:
    """The time at which a persona acts; if `registers` is true, the time of the registration."""

    at: datetime
    persona: Persona
    registers: bool = False


def email_of(seed: int, index: int) -> str:
    """Return the e-mail address of a sample user."""
    return f"{NAMES[index % len(NAMES)].lower()}.{seed}.{index}@example.com"


# The first user of the default seed.
SAMPLE_USER = {"email": email_of(SEED, 0), "password": PASSWORD}


def make_personas(random: Random, seed: int, users: int, start: datetime, end: datetime) -> list[Persona]:
    """Create the personas; most of them register early in the period, so that they have a history."""
    span = (end - start).total_seconds()
    return [
        Persona(
            index=index,
            name=NAMES[index % len(NAMES)],
            email=email_of(seed, index),
            time_zone=random.choice(TIME_ZONES),
            joined=start + timedelta(seconds=int(span * 0.6 * random.random() ** 2)),
            actions_per_hour=random.uniform(0.8, 3.2),
        )
        for index in range(users)
    ]


def plan_events(random: Random, personas: list[Persona], end: datetime) -> list[Event]:
    """Return all events of the personas before `end`, ordered by time."""
    plan = [Event(persona.joined, persona, registers=True) for persona in personas]
    for persona in personas:
        plan.extend(Event(at, persona) for at in _action_times(random, persona, end))
    return sorted(plan, key=lambda event: (event.at, not event.registers, event.persona.index))


def _action_times(random: Random, persona: Persona, end: datetime) -> Iterator[datetime]:
    """Yield the times of a Poisson process that pauses at night in the persona's time zone."""
    zone = ZoneInfo(persona.time_zone)
    at = persona.joined
    while True:
        at += HOUR * random.expovariate(persona.actions_per_hour)
        if at >= end:
            return
        if at.astimezone(zone).hour in WAKING_HOURS:
            yield at
