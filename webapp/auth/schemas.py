"""What clients send and get to sign in."""

from typing import Any

import marshmallow as ma

from webapp.auth.credentials import common_passwords
from webapp.rest.fields import Password, TrimmedString
from webapp.rest.smorest import Schema


def refuse_common(password: str) -> None:
    """Refuse a password that is guessed first."""
    if password.lower() in common_passwords():
        raise ma.ValidationError("This password is among the first that are guessed; choose another.")


class NewPassword(Password):
    """A password that somebody chooses: 10 to 128 characters, and none that is guessed first."""

    def __init__(self, **kwargs: Any) -> None:
        length = ma.validate.Length(min=10, max=128)
        super().__init__(validate=(length, refuse_common), load_only=True, **kwargs)


class KnownPassword(Password):
    """A password that somebody proves to know."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=ma.validate.Length(max=128), load_only=True, **kwargs)


class LoginSchema(Schema):
    """Proof of who you are."""

    email = TrimmedString(
        required=True,
        longest=320,
        metadata={"example": "ada@example.com", "description": "Your address, in any case."},
    )
    password = KnownPassword(
        required=True, metadata={"example": "correct horse battery", "description": "Your password."}
    )


class LogoutQuerySchema(Schema):
    """What to log out of."""

    everywhere = ma.fields.Boolean(
        load_default=False,
        metadata={"example": True, "description": "End every session of yours, not this one alone."},
    )


class TokenSchema(Schema):
    """The tokens of a session."""

    access_token = ma.fields.String(
        metadata={
            "example": "eyJhbGciOiJIUzI1NiIsImtpZCI6IjFmIn0.eyJzdWIiOiIxIn0.c2lnbmVk",
            "description": "What every request carries: Authorization: Bearer <access_token>.",
        }
    )
    refresh_token = ma.fields.String(
        metadata={
            "example": "eyJhbGciOiJIUzI1NiIsImtpZCI6IjFmIn0.eyJzdWIiOiIyIn0.c2lnbmVk",
            "description": "Good once, for POST /api/v1/auth/refresh; keep it secret.",
        }
    )
    token_type = ma.fields.String(
        metadata={"example": "Bearer", "description": "How to send the access token (RFC 6750)."}
    )
    expires_in = ma.fields.Integer(
        metadata={"example": 900, "description": "Seconds until the access token expires."}
    )
