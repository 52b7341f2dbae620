"""The schemas of users in requests and responses."""

import marshmallow as ma

from webapp.auth.schemas import KnownPassword, NewPassword
from webapp.rest.fields import EmailAddress, Timestamp, TimeZoneName, TrimmedString
from webapp.rest.smorest import Schema
from webapp.users.rules import Registration

EMAIL = {"example": "ada@example.com", "description": "Your e-mail address, with which you log in."}
NAME = {"example": "Ada", "description": "Your name."}
TIME_ZONE = {"example": "Europe/Lisbon", "description": "Your time zone, an IANA name."}
PASSWORD = {"example": "correct horse battery", "description": "10 to 128 characters, not a common password."}


class UserPatchSchema(Schema):
    """Changes to a profile (JSON merge patch, RFC 7396): a missing field stays unchanged."""

    email = EmailAddress(metadata=EMAIL)
    name = TrimmedString(shortest=1, longest=100, metadata=NAME)
    time_zone = TimeZoneName(metadata=TIME_ZONE)


class RegistrationSchema(Schema):
    """The data of a new user."""

    email = EmailAddress(required=True, metadata=EMAIL)
    name = TrimmedString(required=True, shortest=1, longest=100, metadata=NAME)
    password = NewPassword(required=True, metadata=PASSWORD)
    time_zone = TimeZoneName(metadata={**TIME_ZONE, "default": Registration.time_zone})


class PasswordChangeSchema(Schema):
    """The current and the new password."""

    old_password = KnownPassword(
        required=True, metadata={"example": "correct horse battery", "description": "Your current password."}
    )
    new_password = NewPassword(required=True, metadata={**PASSWORD, "example": "a better horse battery"})


class ErasureSchema(Schema):
    """The user's password, which confirms the erasure."""

    password = KnownPassword(
        required=True, metadata={"example": "correct horse battery", "description": "Your password."}
    )


class UserSchema(Schema):
    """A user's profile."""

    id = ma.fields.String(
        attribute="_id",
        metadata={
            "format": "uuid",
            "example": "01a1fd9e-7109-72ef-b7e1-8cdc5ea16602",
            "description": "A UUIDv7.",
        },
    )
    email = ma.fields.String(metadata=EMAIL)
    name = ma.fields.String(metadata=NAME)
    time_zone = ma.fields.String(metadata=TIME_ZONE)
    created_at = Timestamp(
        metadata={"example": "2026-11-20T09:30:00.000Z", "description": "The time of your registration."}
    )
    updated_at = Timestamp(
        metadata={
            "example": "2026-11-20T09:30:00.000Z",
            "description": "The time of the last change of the profile.",
        }
    )
    version = ma.fields.Integer(
        metadata={
            "example": 1,
            "description": "The version of the profile: grows by one with each change, and is the ETag.",
        }
    )
