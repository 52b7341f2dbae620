"""Identifiers: the layout of UUIDv7, and the order of ids."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core.ids import is_id, new_id, uuid7

NOW = datetime(2026, 11, 20, 9, 30, 0, 123_000, tzinfo=UTC)
AN_ID = "0198a5e0-7c00-7abc-8def-0123456789ab"
RANDOM = st.integers(0, 2**74 - 1)
MILLISECONDS = st.integers(0, 2**40)


def test_layout_follows_the_rfc() -> None:
    """The moment, the random bits and the expected id are the example of RFC 9562, appendix A.6."""
    moment = datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)
    assert uuid7(moment, 0xCC3 << 62 | 0x18C4DC0C0C07398F) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


@given(MILLISECONDS, RANDOM)
def test_id_contains_its_millisecond(milliseconds: int, random_bits: int) -> None:
    made = UUID(uuid7(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds), random_bits))
    assert (made.int >> 80, made.version, made.variant) == (milliseconds, 7, "specified in RFC 4122")


@given(MILLISECONDS, RANDOM, RANDOM)
def test_ids_sort_by_time(milliseconds: int, earlier: int, later: int) -> None:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    assert uuid7(moment, earlier) < uuid7(moment + timedelta(milliseconds=1), later)


def test_ids_of_one_moment_differ() -> None:
    assert len({new_id(NOW) for _ in range(1000)}) == 1000


@pytest.mark.parametrize(
    ("text", "known"),
    [
        (AN_ID, True),
        (AN_ID.upper(), False),
        (AN_ID.replace("-", ""), False),
        (f"{{{AN_ID}}}", False),
        (f"urn:uuid:{AN_ID}", False),
        (AN_ID + "\n", False),
        ("", False),
        ("\x00", False),
        ("a" * 10_000, False),
    ],
)
def test_id_has_one_spelling(text: str, known: bool) -> None:
    assert is_id(text) == known
