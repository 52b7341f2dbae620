"""The types of fields in the schemas of the API."""

import re
from collections.abc import Callable, Sized
from datetime import UTC, date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import marshmallow as ma

from webapp.core import text

# The pattern allows only ASCII digits; int() would also accept full-width digits, "1_0" and " +1".
WHOLE_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,8}")
RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})"
)
ZONE = "^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$"
MAX_PASSWORD_LENGTH = 128


class CleanedString(ma.fields.String):
    """A text that a function of `webapp.core.text` cleans before the rules are checked."""

    def __init__(self, clean: Callable[[str], str], **kwargs: Any) -> None:
        self._clean = clean
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        sent = super()._deserialize(value, attr, data, **kwargs)
        try:
            return self._clean(sent)
        except text.TextError as error:
            raise ma.ValidationError(str(error)) from None


class TrimmedString(CleanedString):
    """A text without control characters, stored trimmed and in NFC.

    The trimmed text has `shortest` to `longest` characters; a text without a visible character counts as
    empty.
    """

    def __init__(self, *, longest: int, shortest: int = 0, **kwargs: Any) -> None:
        self._is_optional = shortest == 0
        pattern = text.ANY_TEXT if self._is_optional else text.VISIBLE_TEXT
        metadata = {"pattern": pattern, **kwargs.pop("metadata", {})}
        length = ma.validate.Length(min=shortest or None, max=longest)
        super().__init__(
            lambda sent: text.clean_text(sent, longest), validate=length, metadata=metadata, **kwargs
        )

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        cleaned = super()._deserialize(value, attr, data, **kwargs)
        if not cleaned and not self._is_optional:
            raise ma.ValidationError("Must have at least one visible character.")
        return cleaned


class Password(CleanedString):
    """A password in the Unicode form NFKC; it is not trimmed, and never part of a response."""

    def __init__(self, **kwargs: Any) -> None:
        metadata = {"format": "password", "pattern": text.ONE_LINE, **kwargs.pop("metadata", {})}
        super().__init__(
            lambda sent: text.clean_password(sent, MAX_PASSWORD_LENGTH), metadata=metadata, **kwargs
        )


class EmailAddress(CleanedString):
    """An e-mail address (RFC 6531): trimmed, the local part in NFC, the domain in Unicode and lower case."""

    def __init__(self, **kwargs: Any) -> None:
        metadata = {
            "format": "idn-email",
            "maxLength": text.MAX_EMAIL_LENGTH,
            **kwargs.pop("metadata", {}),
        }
        super().__init__(text.clean_address, metadata=metadata, **kwargs)


class BoundedList(ma.fields.List[Any]):
    """A list whose length is checked before its elements, so that a too long list is rejected quickly."""

    def __init__(
        self, inner: ma.fields.Field[Any], *, longest: int, shortest: int = 0, **kwargs: Any
    ) -> None:
        self._length = ma.validate.Length(min=shortest or None, max=longest)
        super().__init__(inner, validate=self._length, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if isinstance(value, Sized):
            self._length(value)
        return super()._deserialize(value, attr, data, **kwargs)


class TimeZoneName(ma.fields.String):
    """The IANA name of a time zone, such as Europe/Lisbon."""

    def __init__(self, **kwargs: Any) -> None:
        metadata = {"format": "time-zone", "pattern": ZONE, **kwargs.pop("metadata", {})}
        super().__init__(metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        name = super()._deserialize(value, attr, data, **kwargs)
        if name not in _time_zones():
            raise ma.ValidationError("Must be the IANA name of a time zone, such as Europe/Lisbon.")
        return name


class CalendarDate(ma.fields.String):
    """A calendar date `YYYY-MM-DD`, which is stored as text because it has no time zone."""

    def __init__(self, **kwargs: Any) -> None:
        metadata = {"format": "date", **kwargs.pop("metadata", {})}
        super().__init__(metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        sent = super()._deserialize(value, attr, data, **kwargs)
        try:
            # fromisoformat also accepts 20260105 and 2026-W02-1, which would not sort correctly as text.
            if (parsed := date.fromisoformat(sent)).isoformat() == sent:
                return parsed.isoformat()
        except ValueError:
            pass
        raise ma.ValidationError("Must be a calendar date, such as 2026-12-24.")


class WholeNumber(ma.fields.Integer):
    """A whole number in a query string, in plain digits."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not WHOLE_NUMBER.fullmatch(value):
            raise ma.ValidationError("Must be a whole number, such as 20.")
        return int(value)


class TrueOrFalse(ma.fields.Boolean):
    """A boolean in a query string: `true` or `false`, as in JSON."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(truthy={"true"}, falsy={"false"}, **kwargs)


class Timestamp(ma.fields.DateTime):
    """A time (RFC 3339): requests may have any UTC offset; responses have UTC with milliseconds and `Z`."""

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        if value is None:
            return None
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        sent = value.upper() if isinstance(value, str) else ""
        try:
            if RFC_3339.fullmatch(sent):
                return datetime.fromisoformat(sent).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        raise ma.ValidationError(
            "Must be a timestamp, such as 2026-12-24T08:00:00Z (write a + in a query string as %2B)."
        )


@cache
def _time_zones() -> frozenset[str]:
    names = available_timezones() - {"localtime", "Factory", "posixrules"}
    return frozenset(name for name in names if ZoneInfo(name))
