"""The schemas of login and tokens."""

from typing import Any

import marshmallow as ma

from webapp.auth.credentials import common_passwords
from webapp.rest.fields import Password, TrimmedString, TrueOrFalse
from webapp.rest.smorest import Schema


def refuse_common(password: str) -> None:
    """Reject a common password."""
    if password.lower() in common_passwords():
        raise ma.ValidationError("This is a common password; choose another one.")


class NewPassword(Password):
    """A new password: 10 to 128 characters, not a common one."""

    def __init__(self, **kwargs: Any) -> None:
        length = ma.validate.Length(min=10, max=128)
        super().__init__(validate=(length, refuse_common), load_only=True, **kwargs)


class KnownPassword(Password):
    """An existing password, which is only checked."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=ma.validate.Length(max=128), load_only=True, **kwargs)


class LoginSchema(Schema):
    """An e-mail address and a password."""

    email = TrimmedString(
        required=True,
        longest=320,
        metadata={
            "example": "ada@example.com",
            "description": "Your e-mail address, in upper or lower case.",
        },
    )
    password = KnownPassword(
        required=True, metadata={"example": "correct horse battery", "description": "Your password."}
    )


class LogoutQuerySchema(Schema):
    """Which sessions to end."""

    everywhere = TrueOrFalse(
        load_default=False,
        metadata={"example": True, "description": "End all your sessions, not only this one."},
    )


class TokenSchema(Schema):
    """The tokens of a session."""

    access_token = ma.fields.String(
        metadata={
            "example": "eyJhbGciOiJIUzI1NiIsImtpZCI6IjFmIn0.eyJzdWIiOiIxIn0.c2lnbmVk",
            "description": "Send it with every request: Authorization: Bearer <access_token>.",
        }
    )
    refresh_token = ma.fields.String(
        metadata={
            "example": "eyJhbGciOiJIUzI1NiIsImtpZCI6IjFmIn0.eyJzdWIiOiIyIn0.c2lnbmVk",
            "description": "Valid once, for POST /api/v1/auth/refresh; keep it secret.",
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
