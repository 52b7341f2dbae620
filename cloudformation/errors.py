"""The errors that can end a command, and their messages, which explain what to do."""

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
    """A command cannot continue; it is always safe to run the command again."""


# The errors that end a command with a message; any other error is a bug and shows its traceback.
EXPECTED_ERRORS = (DeployError, BotoCoreError, ClientError, ResponseParserError, OSError)
SIGN_IN = "Sign in, or set AWS_PROFILE to a profile with credentials, and try again."
_NO_CREDENTIALS = (CredentialRetrievalError, NoCredentialsError, PartialCredentialsError, ProfileNotFound)
_EXPIRED_CODES = {
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
}


def explain(error: Exception) -> str:
    """Return the message of an error, and add how to correct the error if the message does not say so."""
    if isinstance(error, NoRegionError):
        return "No region is configured: set AWS_DEFAULT_REGION."
    if isinstance(error, _NO_CREDENTIALS) or (
        isinstance(error, ClientError) and error.response["Error"]["Code"] in _EXPIRED_CODES
    ):
        return f"{error}. {SIGN_IN}"
    if isinstance(error, ResponseParserError):
        return f"The response is not a valid AWS response; run the command again later: {error}"
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}. Correct this file or choose another file."
    return str(error)
