"""Reads secrets from AWS Secrets Manager: the signing keys, and the login of the database."""

import json
from datetime import timedelta
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from webapp.core.clock import Clock
from webapp.core.settings import MIN_SECRET_BYTES
from webapp.credentials.database_login import Login
from webapp.credentials.key_rotation import PROPAGATION_SECONDS
from webapp.credentials.rotation import SecretUnreadable
from webapp.credentials.signing_keys import KeyRing

CURRENT, PREVIOUS = "AWSCURRENT", "AWSPREVIOUS"
# One attempt with a short timeout, because the request of a client waits for the response. If the attempt
# fails, the request uses the value that this process read last.
CLIENT_CONFIG = Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 1})


class Secret:
    """The versions of one secret in AWS Secrets Manager.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html
    """

    def __init__(self, arn: str) -> None:
        self._arn = arn
        self._client = boto3.Session().client(
            "secretsmanager", region_name=arn.split(":")[3], config=CLIENT_CONFIG
        )

    def version(self, stage: str) -> dict[str, Any]:
        """Read one version of the secret; raises SecretUnreadable.

        https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
        """
        try:
            answer: dict[str, Any] = self._client.get_secret_value(SecretId=self._arn, VersionStage=stage)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            kind = _NoSuchVersion if code == "ResourceNotFoundException" else SecretUnreadable
            raise kind(f"Secrets Manager returned {code} for {stage}") from error
        except BotoCoreError as error:
            raise SecretUnreadable(f"Secrets Manager cannot be reached ({type(error).__name__})") from error
        return answer


class DatabaseSecret:
    """Reads the login of the database."""

    def __init__(self, arn: str) -> None:
        self._secret = Secret(arn)

    def read(self) -> Login:
        """Return user and password; raises SecretUnreadable if one is missing, or if AWS does not respond."""
        text = self._secret.version(CURRENT).get("SecretString", "")
        try:
            found = json.loads(text)
            return Login(str(found["username"]), str(found["password"]))
        except (ValueError, TypeError, KeyError):
            # The cause is not chained, because it may contain the text of the secret.
            raise SecretUnreadable(
                'the secret must be JSON such as {"username": "todo_api", "password": "..."}'
            ) from None


class SecretsManager:
    """Reads the signing keys: the current and the previous version of a secret."""

    def __init__(self, arn: str, clock: Clock) -> None:
        self._secret = Secret(arn)
        self._clock = clock

    def read(self) -> KeyRing:
        """Return the keys; after a rotation, the previous key signs until every process has read the new key.

        Raises SecretUnreadable when AWS does not respond, or when the current secret is too short.
        """
        # The current version is read first. If the secret is rotated between the two reads, both reads return
        # the key that signs now. In the opposite order, neither read would return this key.
        current = self._secret.version(CURRENT)
        if not _is_long_enough(current):
            raise SecretUnreadable(
                f"the secret must have at least {MIN_SECRET_BYTES} bytes; "
                "store a longer secret (docs/runbooks/secrets.md)"
            )
        previous = self._previous()
        if previous is None:
            return KeyRing(current["SecretString"])
        pair = (current["SecretString"], previous["SecretString"])
        age = self._clock() - current["CreatedDate"]
        signing, other = pair if age >= timedelta(seconds=PROPAGATION_SECONDS) else reversed(pair)
        return KeyRing(signing, (other,))

    def _previous(self) -> dict[str, Any] | None:
        try:
            previous = self._secret.version(PREVIOUS)
        except _NoSuchVersion:
            return None
        return previous if _is_long_enough(previous) else None


class _NoSuchVersion(SecretUnreadable):
    """The secret has no previous version, because it was never rotated."""


def _is_long_enough(version: dict[str, Any]) -> bool:
    # A binary secret has no SecretString; the product does not use binary secrets.
    return len(version.get("SecretString", "").encode()) >= MIN_SECRET_BYTES
