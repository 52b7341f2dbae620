"""What clients send and get to sign in."""

import marshmallow as ma

from webapp.extensions.fields import Password, Text
from webapp.extensions.smorest import Schema


class LoginSchema(Schema):
    """Proof of who you are."""

    email = Text(required=True, longest=320, metadata={"example": "ada@example.com"})
    password = Password(
        required=True,
        load_only=True,
        validate=ma.validate.Length(max=128),
        metadata={"example": "correct horse battery"},
    )


class TokenSchema(Schema):
    """An access token; `expires_in` is in seconds."""

    access_token = ma.fields.String()
    token_type = ma.fields.String()
    expires_in = ma.fields.Integer()
