"""The types of fields in the schemas of the API."""

import re
import unicodedata
from datetime import UTC, date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import marshmallow as ma
from email_validator import EmailNotValidError, validate_email

# int() would also accept full-width digits, "1_0" and " +1".
WHOLE_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,8}")
RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})"
)
WHITESPACE_CONTROLS = frozenset("\n\r\t")
# These regular expressions have the same meaning in Python, JavaScript and Rust. A byte order mark counts as
# blank, but only JavaScript includes it in \s.
CONTROLS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
ANY_TEXT = f"^[^{CONTROLS}]*$"
NOT_BLANK = rf"^[^{CONTROLS}]*[^\s\ufeff{CONTROLS}][^{CONTROLS}]*$"
ONE_LINE = r"^[^\x00-\x1f\x7f-\x9f]*$"
BLANK = "".join(char for char in map(chr, range(0x10000)) if char.isspace()) + "\ufeff"
ZONE = "^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$"
LONGEST_EMAIL = 254


class TrimmedString(ma.fields.String):
    """A string without control characters, which is stored without leading and trailing white space.

    It has at most `longest` characters as sent, and at least `shortest` characters when trimmed.
    """

    def __init__(self, *, longest: int, shortest: int = 0, **kwargs: Any) -> None:
        self._sent = ma.validate.Length(max=longest)
        metadata = {"pattern": NOT_BLANK if shortest else ANY_TEXT, **kwargs.pop("metadata", {})}
        length = ma.validate.Length(min=shortest or None, max=longest)
        super().__init__(validate=length, metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = self._sent(super()._deserialize(value, attr, data, **kwargs))
        if any(
            unicodedata.category(char) in ("Cc", "Cs") for char in text if char not in WHITESPACE_CONTROLS
        ):
            raise ma.ValidationError("Must not contain control characters or unpaired surrogates.")
        return text.strip(BLANK)


class Password(ma.fields.String):
    """A password: not trimmed, and never part of a response."""

    def __init__(self, **kwargs: Any) -> None:
        metadata = {"format": "password", "pattern": ONE_LINE, **kwargs.pop("metadata", {})}
        super().__init__(metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if any(unicodedata.category(char) in ("Cc", "Cs") for char in text):
            raise ma.ValidationError("Must not contain control characters or unpaired surrogates.")
        return text


class EmailAddress(ma.fields.String):
    """An e-mail address, normalised: RFC 6531, with the domain in lower case."""

    def __init__(self, **kwargs: Any) -> None:
        metadata = {"format": "idn-email", "maxLength": LONGEST_EMAIL, **kwargs.pop("metadata", {})}
        super().__init__(metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            return validate_email(text, check_deliverability=False).normalized
        except (EmailNotValidError, UnicodeError):
            raise ma.ValidationError("Not a valid e-mail address.") from None


class TimeZoneName(ma.fields.String):
    """The IANA name of a time zone, such as Europe/Lisbon."""

    def __init__(self, **kwargs: Any) -> None:
        metadata = {"format": "time-zone", "pattern": ZONE, **kwargs.pop("metadata", {})}
        super().__init__(metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if text not in _time_zones():
            raise ma.ValidationError("Not the IANA name of a time zone, such as Europe/Lisbon.")
        return text


class CalendarDate(ma.fields.String):
    """A calendar date `YYYY-MM-DD`, which is stored as text because it has no time zone."""

    def __init__(self, **kwargs: Any) -> None:
        metadata = {"format": "date", **kwargs.pop("metadata", {})}
        super().__init__(metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            # fromisoformat also accepts 20260105 and 2026-W02-1, which do not sort correctly as text.
            if (parsed := date.fromisoformat(text)).isoformat() == text:
                return parsed.isoformat()
        except ValueError:
            pass
        raise ma.ValidationError("Not a calendar date like 2026-12-24.")


class WholeNumber(ma.fields.Integer):
    """A whole number in a query string, in plain digits."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not WHOLE_NUMBER.fullmatch(value):
            raise ma.ValidationError("Not a whole number like 20.")
        return int(value)


class TrueOrFalse(ma.fields.Boolean):
    """A boolean in a query string: `true` or `false`, as in JSON."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(truthy={"true"}, falsy={"false"}, **kwargs)


class Timestamp(ma.fields.DateTime):
    """A time (RFC 3339): accepted with any offset, returned in UTC with milliseconds and `Z`."""

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        if value is None:
            return None
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        text = str(value).upper()
        try:
            if RFC_3339.fullmatch(text):
                return datetime.fromisoformat(text).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        raise ma.ValidationError("Not a timestamp like 2026-12-24T08:00:00Z (the + of an offset is %2B).")


@cache
def _time_zones() -> frozenset[str]:
    names = available_timezones() - {"localtime", "Factory", "posixrules"}
    return frozenset(name for name in names if ZoneInfo(name))
