"""Settings: read once from the environment, checked, frozen and passed in."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

EMBEDDED = "embedded"
MIN_SECRET_BYTES = 32


class SettingsError(Exception):
    """A setting is missing or unusable; the message says how to mend it."""


@dataclass(frozen=True)
class Settings:
    """Everything that varies between environments.

    `change_retention_days` and `tombstone_days` are how long the log and the markers of deleted tasks are
    kept; `database_timeout_ms` bounds every single database call. `jwt_secret` signs tokens; those that
    `jwt_secret_previous` signed are still taken, so that a new secret logs nobody out.
    """

    jwt_secret: str
    environment: str = EMBEDDED
    mongodb_uri: str = "mongodb://127.0.0.1:27017"
    mongodb_database: str = "todo"
    change_retention_days: int = 400
    tombstone_days: int = 30
    database_timeout_ms: int = 5000
    access_token_minutes: int = 15
    refresh_token_days: int = 30
    jwt_secret_previous: str | None = None

    @property
    def embedded(self) -> bool:
        """True on the all-in-one local default, where the process looks after the database itself."""
        return self.environment == EMBEDDED

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Read the settings of this process.

        Raises SettingsError when a number is not a number, or a secret is missing or too short.
        """
        environment = environ.get("TODO_ENVIRONMENT", EMBEDDED)
        settings = cls(
            jwt_secret=_secret(environ, embedded=environment == EMBEDDED),
            jwt_secret_previous=_previous_secret(environ),
            environment=environment,
            mongodb_uri=environ.get("MONGODB_URI", cls.mongodb_uri),
            mongodb_database=environ.get("MONGODB_DATABASE", cls.mongodb_database),
            change_retention_days=_number(environ, "CHANGE_RETENTION_DAYS", cls.change_retention_days),
            database_timeout_ms=_number(environ, "DATABASE_TIMEOUT_MS", cls.database_timeout_ms),
        )
        return settings


def _number(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, str(default))
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise SettingsError(f"{name} must be a whole number above zero, not {text!r}.")
    return int(text)


def _secret(environ: Mapping[str, str], *, embedded: bool) -> str:
    secret = environ.get("JWT_SECRET_KEY", "")
    if not secret and embedded:
        secret = _local_secret(Path(environ.get("DATA_DIR", ".data")) / "jwt-secret")
    if len(secret.encode()) < MIN_SECRET_BYTES:
        raise SettingsError(
            f"JWT_SECRET_KEY must be set to at least {MIN_SECRET_BYTES} bytes. Make one with: "
            'python -c "import secrets; print(secrets.token_urlsafe(48))"'
        )
    return secret


def _previous_secret(environ: Mapping[str, str]) -> str | None:
    secret = environ.get("JWT_SECRET_KEY_PREVIOUS", "")
    if secret and len(secret.encode()) < MIN_SECRET_BYTES:
        raise SettingsError(
            "JWT_SECRET_KEY_PREVIOUS must be what JWT_SECRET_KEY was before, "
            f"of at least {MIN_SECRET_BYTES} bytes; leave it out when there is none."
        )
    return secret or None


def _local_secret(path: Path) -> str:
    """Read the secret of this data folder; the first process makes it, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(48))
    try:
        # A link appears whole or not at all, so a second process never reads half a secret.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text()
