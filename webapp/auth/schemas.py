"""The schemas of login and tokens."""

from typing import Any

import marshmallow as ma

from webapp.auth.credentials import common_passwords
from webapp.core.text import VISIBLE_LINE, canonical, is_visible, without_ignorable
from webapp.rest.fields import MAX_PASSWORD_LENGTH, EmailAddress, Password, TrueOrFalse
from webapp.rest.smorest import Schema


def refuse_blank(password: str) -> None:
    """Reject a password without a visible character."""
    if not is_visible(password):
        raise ma.ValidationError("Must have at least one visible character.")


def refuse_common(password: str) -> None:
    """Reject a common password, even if invisible characters or surrounding spaces are added to it."""
    if canonical(without_ignorable(password)).lower() in common_passwords():
        raise ma.ValidationError("This is a common password; choose another one.")


class NewPassword(Password):
    """A new password: 10 to 128 characters in the Unicode form NFKC, and not a common password."""

    def __init__(self, **kwargs: Any) -> None:
        length = ma.validate.Length(min=10, max=MAX_PASSWORD_LENGTH)
        metadata = {"pattern": VISIBLE_LINE, **kwargs.pop("metadata", {})}
        super().__init__(
            validate=(length, refuse_blank, refuse_common), load_only=True, metadata=metadata, **kwargs
        )


class KnownPassword(Password):
    """The password that a user already has; the rules for new passwords do not apply to it.

    A password is too long only if both the text in the request and its NFKC form exceed the limit. Earlier
    versions of this program applied the limit to the text, so the NFKC form of a stored password can be
    longer.
    """

    def __init__(self, **kwargs: Any) -> None:
        metadata = {"maxLength": MAX_PASSWORD_LENGTH, **kwargs.pop("metadata", {})}
        super().__init__(load_only=True, metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        cleaned = super()._deserialize(value, attr, data, **kwargs)
        if min(len(value), len(cleaned)) > MAX_PASSWORD_LENGTH:
            raise ma.ValidationError(f"Longer than maximum length {MAX_PASSWORD_LENGTH}.")
        return cleaned


class LoginSchema(Schema):
    """An e-mail address and a password."""

    email = EmailAddress(
        required=True,
        metadata={
            "example": "ada@example.com",
            "description": "Your e-mail address, in upper or lower case.",
        },
    )
    password = KnownPassword(
        required=True, metadata={"example": "correct horse battery", "description": "Your password."}
    )


class LogoutQuerySchema(Schema):
    """The query of a logout: whether to end one session or all sessions."""

    everywhere = TrueOrFalse(
        load_default=False,
        metadata={"example": True, "description": "End all your sessions, not only this one."},
    )


class TokenSchema(Schema):
    """The tokens of a session."""

    access_token = ma.fields.String(
        metadata={
            "example": "eyJhbGciOiJIUzI1NiIsImtpZCI6IjFmIn0.eyJzdWIiOiIxIn0.c2lnbmVk",
            "description": "Send this token with every request: Authorization: Bearer <access_token>.",
        }
    )
    refresh_token = ma.fields.String(
        metadata={
            "example": "eyJhbGciOiJIUzI1NiIsImtpZCI6IjFmIn0.eyJzdWIiOiIyIn0.c2lnbmVk",
            "description": "Valid for one POST /api/v1/auth/refresh, which can be repeated within 30 "
            "seconds; keep this token secret.",
        }
    )
    token_type = ma.fields.String(
        metadata={
            "example": "Bearer",
            "description": "The authentication scheme of the access token (RFC 6750).",
        }
    )
    expires_in = ma.fields.Integer(
        metadata={"example": 900, "description": "Seconds until the access token expires."}
    )
