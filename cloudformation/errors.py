"""What can end a command; every message says what to do."""

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
)
from botocore.parsers import ResponseParserError


class DeployError(Exception):
    """A command cannot go on; nothing is left half-done that running it again would not mend."""


# What ends a command with a sentence; anything else is a mistake of ours, and shows where.
FORESEEN = (DeployError, BotoCoreError, ClientError, ResponseParserError, OSError)
SIGN_IN = "Sign in, or name a profile with AWS_PROFILE, and try again."
_UNKNOWN = (CredentialRetrievalError, NoCredentialsError, PartialCredentialsError, ProfileNotFound)
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"}


def explained(error: Exception) -> str:
    """Return what went wrong, and what to do where boto3 or the system does not say it."""
    if isinstance(error, NoRegionError):
        return "No region is named: set AWS_DEFAULT_REGION, or AWS_PROFILE to a profile that has one."
    if isinstance(error, _UNKNOWN) or (
        isinstance(error, ClientError) and error.response["Error"]["Code"] in _EXPIRED
    ):
        return f"{error}. {SIGN_IN}"
    if isinstance(error, ResponseParserError):
        return f"What answered is not AWS, or it is out of order; run the command again later: {error}"
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}. Name another file, or mend that one."
    return str(error)
