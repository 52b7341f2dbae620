"""The settings of a process: read once from the environment, checked, and passed on as a frozen object."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from webapp.core.environment import (
    SettingsError,
    limit_storage,
    mongodb_uri,
    optional_path,
    origins,
    page_address,
    plain_name,
    rate_limit,
    secret_arn,
    whole_number,
)

EMBEDDED = "embedded"
MIN_SECRET_BYTES = 32
# The longest time that a TTL index supports, in days.
MAX_RETENTION_DAYS = (2**31 - 1) // 86400
# The maximum of DATABASE_TIMEOUT_MS; it is well below the request timeout of 30 s in gunicorn.conf.py.
MAX_DATABASE_MS = 20_000

__all__ = ["EMBEDDED", "Settings", "SettingsError"]


@dataclass(frozen=True)
class Settings:
    """The settings that differ between environments.

    `change_retention_days` is the lifetime of changes in the log, and `tombstone_days` the lifetime of the
    tombstones of deleted tasks. `database_timeout_ms` is the timeout of each database call. `jwt_secret`
    signs tokens; tokens that `jwt_secret_previous` signed stay valid, so that a new secret ends no session.
    With `jwt_secret_arn`, the process reads both secrets from Secrets Manager; until Secrets Manager
    responds, the process uses `jwt_secret` and `jwt_secret_previous`. With `mongodb_secret_arn`, the process
    reads user and password of the database from Secrets Manager. A rate limit is a text such as 600/minute;
    the empty text means no limit. `trusted_proxies` is the number of proxies in front of the process that
    append to `X-Forwarded-For`. `cors_origins` are the web origins whose scripts may call the API. The start
    page of the embedded default links to `airflow_url`, and to the newest team report in `reports_folder`.
    `metrics_file` is the file for the metrics of CloudWatch. If `prometheus` is true, the process collects
    metrics for GET /metrics.
    """

    jwt_secret: str
    environment: str = EMBEDDED
    mongodb_uri: str = "mongodb://127.0.0.1:27017"
    mongodb_secret_arn: str | None = None
    mongodb_database: str = "todo"
    change_retention_days: int = 400
    tombstone_days: int = 30
    database_timeout_ms: int = 5000
    access_token_minutes: int = 15
    refresh_token_days: int = 30
    jwt_secret_previous: str | None = None
    jwt_secret_arn: str | None = None
    rate_limit_user: str = "600/minute"
    rate_limit_address: str = "600/minute"
    rate_limit_sign_in: str = "30/minute"
    rate_limit_storage_uri: str = "memory://"
    trusted_proxies: int = 0
    cors_origins: tuple[str, ...] = ()
    metrics_file: Path | None = None
    prometheus: bool = False
    airflow_url: str = ""
    reports_folder: Path | None = None

    @property
    def embedded(self) -> bool:
        """Whether this is the embedded environment, in which the process itself deletes expired documents."""
        return self.environment == EMBEDDED

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Read the settings of this process, as documented in .env.example.

        Raises SettingsError when a value is invalid, or a secret is missing or too short.
        """
        environment = plain_name(environ, "TODO_ENVIRONMENT", EMBEDDED)
        return cls(
            jwt_secret=_secret(environ, embedded=environment == EMBEDDED),
            jwt_secret_previous=_previous_secret(environ),
            jwt_secret_arn=secret_arn(environ, "JWT_SECRET_ARN"),
            environment=environment,
            mongodb_uri=mongodb_uri(environ, "MONGODB_URI", cls.mongodb_uri),
            mongodb_secret_arn=secret_arn(environ, "MONGODB_SECRET_ARN"),
            mongodb_database=plain_name(environ, "MONGODB_DATABASE", cls.mongodb_database),
            change_retention_days=whole_number(
                environ, "CHANGE_RETENTION_DAYS", cls.change_retention_days, highest=MAX_RETENTION_DAYS
            ),
            database_timeout_ms=whole_number(
                environ, "DATABASE_TIMEOUT_MS", cls.database_timeout_ms, highest=MAX_DATABASE_MS
            ),
            rate_limit_user=rate_limit(environ, "RATE_LIMIT_USER", cls.rate_limit_user),
            rate_limit_address=rate_limit(environ, "RATE_LIMIT_ADDRESS", cls.rate_limit_address),
            rate_limit_sign_in=rate_limit(environ, "RATE_LIMIT_SIGN_IN", cls.rate_limit_sign_in),
            rate_limit_storage_uri=limit_storage(
                environ, "RATE_LIMIT_STORAGE_URI", cls.rate_limit_storage_uri
            ),
            trusted_proxies=whole_number(
                environ, "TRUSTED_PROXIES", cls.trusted_proxies, lowest=0, highest=10
            ),
            cors_origins=origins(environ, "CORS_ORIGINS"),
            metrics_file=optional_path(environ, "METRICS_FILE"),
            prometheus=optional_path(environ, "PROMETHEUS_MULTIPROC_DIR") is not None,
            airflow_url=page_address(environ, "AIRFLOW_URL"),
            reports_folder=optional_path(environ, "REPORTS_FOLDER"),
        )


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
            "JWT_SECRET_KEY_PREVIOUS must be the previous value of JWT_SECRET_KEY, "
            f"of at least {MIN_SECRET_BYTES} bytes; leave it out if there is none."
        )
    return secret or None


def _local_secret(path: Path) -> str:
    """Read the secret in the file `path`; the first process creates the file, readable only by its owner."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"DATA_DIR={path.parent} cannot be used: {error.strerror}.") from None
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(48))
    try:
        # A hard link is created atomically, so a second process never reads a part of the secret.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text()
