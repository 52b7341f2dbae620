"""What clients send and get about users."""

import marshmallow as ma

from webapp.auth.credentials import common_passwords
from webapp.extensions.fields import EmailAddress, Password, Text, Timestamp, TimeZoneName
from webapp.extensions.smorest import Schema


class RegistrationSchema(Schema):
    """A new user."""

    email = EmailAddress(required=True, metadata={"example": "ada@example.com"})
    name = Text(required=True, shortest=1, longest=100, metadata={"example": "Ada"})
    password = Password(
        required=True,
        load_only=True,
        validate=ma.validate.Length(min=10, max=128),
        metadata={"example": "correct horse battery"},
    )
    time_zone = TimeZoneName(load_default="UTC", metadata={"example": "Europe/Lisbon"})

    @ma.validates("password")
    def refuse_common_password(self, value: str, data_key: str) -> None:
        """Refuse what is guessed first."""
        if value.lower() in common_passwords():
            raise ma.ValidationError("This password is among the first that are guessed; choose another.")


class UserSchema(Schema):
    """A user's profile."""

    id = ma.fields.String(attribute="_id")
    email = ma.fields.String()
    name = ma.fields.String()
    time_zone = ma.fields.String()
    created_at = Timestamp()
    updated_at = Timestamp()
    version = ma.fields.Integer()
