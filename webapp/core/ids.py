"""Identifiers: UUIDs of version 7, which sort by their creation time."""

import re
import secrets
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from webapp.core.clock import MILLISECOND

IdFactory = Callable[[datetime], str]

ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def uuid7(now: datetime, random_bits: int) -> str:
    """Build a UUIDv7 (RFC 9562, section 5.7) from a time and 74 random bits."""
    milliseconds = (now - EPOCH) // MILLISECOND & (2**48 - 1)
    rand_a, rand_b = random_bits >> 62 & 0xFFF, random_bits & (2**62 - 1)
    return str(uuid.UUID(int=milliseconds << 80 | 0x7 << 76 | rand_a << 64 | 0b10 << 62 | rand_b))


def new_id(now: datetime) -> str:
    """Create an id for a document that is created at `now`; clients cannot guess the id."""
    return uuid7(now, secrets.randbits(74))


def time_of(identity: str) -> datetime:
    """Return the creation time that an id contains."""
    return EPOCH + (uuid.UUID(identity).int >> 80) * MILLISECOND


def is_id(text: str) -> bool:
    """Return whether `text` has the form of an id: a UUID in lower case, with hyphens."""
    return ID.fullmatch(text) is not None
