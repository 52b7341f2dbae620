"""The normalization of text, compared with the character database of Unicode."""

import re
import sys
import unicodedata

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.core.text import (
    MAX_COMPOSED,
    SPACES,
    VISIBLE_LINE,
    VISIBLE_TEXT,
    TextError,
    address_key,
    canonical,
    clean_address,
    clean_password,
    clean_text,
    is_visible,
    searchable,
)

CHARACTERS = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]


def test_no_ignorable_character_is_visible() -> None:
    ignorable = regex.findall(r"\p{Default_Ignorable_Code_Point}", "".join(CHARACTERS))
    assert len(ignorable) > 4000
    assert [char for char in ignorable if is_visible(char)] == []


def test_letters_digits_punctuation_and_emoji_are_visible() -> None:
    blank = set("\u115f\u1160\u2800\u3164\uffa0")
    written = [char for char in CHARACTERS if unicodedata.category(char)[0] in "LNPS" and char not in blank]
    assert [char for char in written if not is_visible(char)] == []
    assert canonical("\u2764\ufe0f") == "\u2764\ufe0f"


def test_documented_patterns_accept_all_that_the_api_accepts() -> None:
    for pattern in (VISIBLE_TEXT, VISIBLE_LINE):
        assert [char for char in CHARACTERS if is_visible(char) and not re.search(pattern, char)] == []
        assert re.search(pattern, " \u200b\u0301a \u0301")
        assert not re.search(pattern, "a\x00")
    ignorable = regex.findall(r"\p{Default_Ignorable_Code_Point}", "".join(CHARACTERS[:0xF800]))
    assert [char for char in (*SPACES, *ignorable) if re.search(VISIBLE_TEXT, char)] == []


def test_all_white_space_is_trimmed() -> None:
    white = regex.findall(r"\p{White_Space}", "".join(CHARACTERS))
    controls = [char for char in white if unicodedata.category(char) == "Cc" and char not in "\t\n\r"]
    assert set(white) - set(controls) <= set(SPACES)
    assert canonical(f"{SPACES}a b{SPACES}") == "a b"


def test_no_composition_is_shorter_than_assumed() -> None:
    """Before normalization, the API rejects a text that is longer than MAX_COMPOSED times the limit."""
    for form in ("NFC", "NFKC"):
        decomposed = [unicodedata.normalize("NFD", char) for char in CHARACTERS]
        assert max(len(each) / len(unicodedata.normalize(form, each)) for each in decomposed) <= MAX_COMPOSED


@settings(max_examples=300)
@given(st.text(max_size=40))
def test_canonical_text_stays_the_same(text: str) -> None:
    cleaned = canonical(text)
    assert canonical(cleaned) == cleaned
    assert cleaned == "" or (is_visible(cleaned) and unicodedata.is_normalized("NFC", cleaned))
    assert searchable(searchable(text)) == searchable(text)


@pytest.mark.parametrize(
    "text", ["a\x00", "\x1fa", "a\x85", "a\ud800", "a" + "\u0301" * 31, "\u0301\u0316" * 5000, "a" * 900]
)
def test_text_that_no_rule_should_see_is_rejected(text: str) -> None:
    with pytest.raises(TextError):
        clean_text(text, 200)


def test_thirty_marks_in_sequence_are_enough_for_every_script() -> None:
    text = "a" + "\u0301" * 30
    assert clean_text(text, 200) == unicodedata.normalize("NFC", text)


def test_password_is_not_trimmed() -> None:
    assert clean_password(" \uff41\u00a0", 128) == " a "


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada@Example.com", " ada@example.com\n"),
        ("andre\u0301@example.com", "ANDR\u00c9@example.com"),
        ("ada@B\u00dcCHER.example", "ada@xn--bcher-kva.example"),
        ("ada@bu\u0308cher.example", "ada@b\u00fccher\u3002example"),
        ("\u1e9e@example.com", "\u00df@example.com"),
        ("\u039d\u0399\u039a\u039f\u03a3@example.com", "\u03bd\u03b9\u03ba\u03bf\u03c2@example.com"),
    ],
)
def test_spellings_of_one_mailbox_have_one_key(one: str, other: str) -> None:
    assert address_key(one) == address_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("stra\u00dfe@example.com", "strasse@example.com"),
        ("ada@stra\u00dfe.example", "ada@strasse.example"),
        ("\ufb01n@example.com", "fin@example.com"),
        ("\u0131@example.com", "i@example.com"),
        ("\u00e9@example.com", "e@example.com"),
    ],
)
def test_different_mailboxes_have_different_keys(one: str, other: str) -> None:
    assert address_key(one) != address_key(other)


def test_addresses_keep_their_key_when_they_are_cleaned() -> None:
    for sent in ("Ada@B\u00dcCHER.example", " A.B+c@xn--bcher-kva.example ", "Stra\u00dfe@example.com"):
        assert address_key(clean_address(sent)) == address_key(sent)


@pytest.mark.parametrize(
    ("stored", "query"),
    [
        ("\u0141\u00f3d\u017a", "lodz"),
        ("S\u00f8ren", "SOREN"),
        ("\u0110or\u0111e", "dorde"),
        ("\u00c6ther \u0153uvre", "aether oeuvre"),
        ("Stra\u00dfe", "strasse"),
        ("\u00deing", "thing"),
        ("don\u2019t", "don't"),
        ("cr\u00e8me br\u00fbl\u00e9e", "creme brulee"),
        ("soft\u00adware", "software"),
        ("\uff54\uff45\uff58\uff54", "text"),
    ],
)
def test_search_finds_letters_without_their_signs(stored: str, query: str) -> None:
    assert searchable(query) in searchable(stored)
    assert re.search(re.escape(searchable(stored)), searchable(query))
