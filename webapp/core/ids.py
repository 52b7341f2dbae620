"""Identifiers: UUIDs of version 7, which sort by the time they were made."""

import secrets
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from webapp.core.clock import MILLISECOND

IdFactory = Callable[[datetime], str]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def uuid7(now: datetime, random_bits: int) -> str:
    """Lay out a UUIDv7 (RFC 9562, section 5.7) from a time and 74 random bits."""
    milliseconds = (now - EPOCH) // MILLISECOND & (2**48 - 1)
    rand_a, rand_b = random_bits >> 62 & 0xFFF, random_bits & (2**62 - 1)
    return str(uuid.UUID(int=milliseconds << 80 | 0x7 << 76 | rand_a << 64 | 0b10 << 62 | rand_b))


def new_id(now: datetime) -> str:
    """Make a fresh, unguessable id for a thing that comes into being at `now`."""
    return uuid7(now, secrets.randbits(74))


def time_of(identity: str) -> datetime:
    """The moment an id was made, read off the id."""
    return EPOCH + (uuid.UUID(identity).int >> 80) * MILLISECOND


def is_id(text: str) -> bool:
    """Tell whether `text` has the one spelling that our ids have: lower case, with hyphens."""
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
