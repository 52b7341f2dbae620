"""Trims, normalizes and validates text from clients. Length rules and comparisons use the normalized text.

Unicode Standard Annex 15 defines NFC and NFKC; RFC 5891 (IDNA 2008) defines domain names.
"""

import re
import unicodedata

import regex

# The characters that are trimmed: tab, line feed, carriage return, all characters with the Unicode property
# White_Space that are not control characters, and three characters of zero width.
SPACES = (
    "\t\n\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029"
    "\u202f\u205f\u3000\u200b\u2060\ufeff"
)
# The OpenAPI document contains these regular expressions, so they have the same meaning in Python, JavaScript
# and Rust. The expressions list the common invisible characters: the characters of the Basic Multilingual
# Plane with the property Default_Ignorable_Code_Point, and the combining diacritical marks. `is_visible` also
# recognizes rare invisible characters.
CONTROLS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
INVISIBLE = (
    r" \u00a0\u00ad\u0300-\u036f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f"
    r"\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
)
ANY_TEXT = f"^[^{CONTROLS}]*$"
ONE_LINE = r"^[^\x00-\x1f\x7f-\x9f]*$"
# The first two character classes of each pattern have no common character, so matching takes linear time.
VISIBLE_TEXT = rf"^[{INVISIBLE}\t\n\r]*[^{INVISIBLE}\t\n\r{CONTROLS}][^{CONTROLS}]*$"
VISIBLE_LINE = rf"^[{INVISIBLE}]*[^{INVISIBLE}\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
MAX_EMAIL_LENGTH = 254
# Composition (NFC) replaces up to four characters with one: U+1F82 has the longest decomposition.
MAX_COMPOSED = 4
# The maximum number of combining marks in sequence, as in the Stream-Safe Text Format of UAX 15.
# Normalization sorts the marks, which takes quadratic time.
MAX_MARKS = 30

_CONTROL = re.compile(f"[{CONTROLS}\ud800-\udfff]")
_LINE_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
# Every visible character: all except marks, separators, controls, format characters, unassigned code points,
# and five blank characters of other categories. No visible character has the property
# Default_Ignorable_Code_Point.
_VISIBLE = regex.compile(r"[^\p{M}\p{Z}\p{Cc}\p{Cf}\p{Cn}\u115f\u1160\u2800\u3164\uffa0]")
_IGNORABLE = regex.compile(r"\p{Default_Ignorable_Code_Point}")
_MANY_MARKS = regex.compile(rf"\p{{M}}{{{MAX_MARKS + 1}}}")
# Before a search compares texts, each character on the left is replaced by the text on the right. On the left
# are letters that Unicode does not decompose, and characters that keyboards produce instead of an apostrophe
# or a quotation mark (CLDR, transform Latin-ASCII).
_SEARCHED_AS = str.maketrans(
    {
        **{
            "æ": "ae",
            "œ": "oe",
            "ß": "ss",
            "þ": "th",
            "ĳ": "ij",
            "ð": "d",
            "đ": "d",
            "ħ": "h",
            "\u0131": "i",
        },
        **{"ł": "l", "ŋ": "n", "ø": "o", "ŧ": "t"},
        **dict.fromkeys("\u2018\u2019\u201b\u02bc\u2032\u00b4`", "'"),
        **dict.fromkeys("\u201c\u201d\u201e", '"'),
    }
)


class TextError(ValueError):
    """A text breaks a rule; the message states the rule."""


def canonical(text: str) -> str:
    """Return a text trimmed and in NFC; a text without a visible character becomes empty."""
    return unicodedata.normalize("NFC", text.strip(SPACES)) if is_visible(text) else ""


def clean_text(text: str, longest: int) -> str:
    """Return the canonical form of a text from a client.

    Raises TextError for control characters, and for too many combining marks. Also raises TextError for a
    text so long that its canonical form must exceed `longest` characters; the caller checks the exact length.
    """
    trimmed = text.strip(SPACES)
    _refuse_excess(trimmed, longest)
    if _CONTROL.search(trimmed):
        raise TextError("Must not contain control characters or unpaired surrogates.")
    if _MANY_MARKS.search(trimmed):
        raise TextError(f"Must not have more than {MAX_MARKS} combining marks in sequence.")
    return canonical(trimmed)


def normalize_password(text: str) -> str:
    """Return a password in NFKC, so that it is the same from every keyboard (NIST SP 800-63B).

    A password is not trimmed, because stored passwords may begin or end with a space.
    """
    return unicodedata.normalize("NFKC", text)


def clean_password(text: str, longest: int) -> str:
    """Return the NFKC form of a password from a client; raises TextError like `clean_text`."""
    _refuse_excess(text, longest)
    if _LINE_CONTROL.search(text):
        raise TextError("Must not contain control characters or unpaired surrogates.")
    return normalize_password(text)


def clean_address(text: str) -> str:
    """Return an e-mail address (RFC 6531): local part in NFC, domain in Unicode and lower case (RFC 5891).

    Raises TextError when the address is not valid.
    """
    # The package is imported here, because few requests need it, and its import compiles large patterns.
    from email_validator import EmailNotValidError, validate_email

    trimmed = text.strip(SPACES)
    if len(trimmed) <= MAX_COMPOSED * MAX_EMAIL_LENGTH:
        try:
            return validate_email(trimmed, check_deliverability=False).normalized
        except (EmailNotValidError, UnicodeError):
            pass
    raise TextError("Not a valid e-mail address.")


def address_key(text: str) -> str:
    """Return the comparison key of an address: case-folded, with the domain in Unicode.

    Stored addresses that current rules reject have a key as well (docs/decisions/0037).
    """
    try:
        address = clean_address(text)
    except TextError:
        address = canonical(text)
    return unicodedata.normalize("NFC", "".join(map(_fold, address)))


def is_visible(text: str) -> bool:
    """Return whether a text has a visible character."""
    return _VISIBLE.search(text) is not None


def without_ignorable(text: str) -> str:
    """Return a text without the characters that are never displayed, such as a soft hyphen."""
    return text if text.isascii() else _IGNORABLE.sub("", text)


def searchable(text: str) -> str:
    """Return the form of a text that a search compares: without case, accents and invisible characters."""
    folded = _decomposed(_decomposed(text.translate(_SEARCHED_AS)).casefold()).translate(_SEARCHED_AS)
    return " ".join(without_ignorable(_without_marks(folded)).split())


def _refuse_excess(text: str, longest: int) -> None:
    if len(text) > MAX_COMPOSED * longest:
        raise TextError(f"Longer than maximum length {longest}.")


def _fold(char: str) -> str:
    """Return the simple case folding of a character (Unicode, CaseFolding.txt, statuses C and S)."""
    return next((each for each in (char.casefold(), char.lower()) if len(each) == 1), char)


def _decomposed(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKD", text)


def _without_marks(text: str) -> str:
    return text if text.isascii() else "".join(char for char in text if not unicodedata.combining(char))
