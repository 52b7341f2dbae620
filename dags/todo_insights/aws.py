"""AWS as the pipeline reaches it: one identity, and an address of each service where a stand-in serves it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pyarrow import fs

from .errors import SettingsError

if TYPE_CHECKING:
    from boto3 import Session

# boto's own retries cover throttling, 5xx and connections that break; what is left after them is an error.
_ATTEMPTS = 5
_CONNECT_SECONDS = 10
_READ_SECONDS = 60


class Aws:
    """A boto3 session (default: the environment's) and the endpoints that replace AWS's, by service."""

    def __init__(self, endpoints: Mapping[str, str] | None = None, session: Session | None = None) -> None:
        self._endpoints = dict(endpoints or {})
        self._session = session
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """A client of boto3 for a service, such as glue."""
        if service not in self._clients:
            from botocore.config import Config

            config = Config(
                retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
                connect_timeout=_CONNECT_SECONDS,
                read_timeout=_READ_SECONDS,
            )
            self._clients[service] = self.session.client(
                service, endpoint_url=self._endpoints.get(service), config=config
            )
        return self._clients[service]

    @property
    def session(self) -> Session:
        """Who we are; raises SettingsError when no region says where the services are."""
        if self._session is None:
            # Slow to import, and a lake in a folder does without it.
            from boto3 import Session

            self._session = Session()
        if self._session.region_name is None:
            raise SettingsError("set AWS_DEFAULT_REGION: an s3:// or glue:// address needs a region")
        return self._session

    def filesystem(self) -> fs.S3FileSystem:
        """S3 with credentials that hold now; ask again for each operation, since those of a role expire."""
        found = self.session.get_credentials()
        if found is None:
            raise SettingsError("AWS credentials are missing; set a profile, a role or AWS_ACCESS_KEY_ID")
        frozen = found.get_frozen_credentials()
        return _filesystem(
            frozen.access_key,
            frozen.secret_key,
            frozen.token,
            self.session.region_name,
            self._endpoints.get("s3"),
        )


@lru_cache(maxsize=8)
def _filesystem(
    access_key: str, secret_key: str, token: str | None, region: str, endpoint: str | None
) -> fs.S3FileSystem:
    return fs.S3FileSystem(
        access_key=access_key,
        secret_key=secret_key,
        session_token=token,
        region=region,
        endpoint_override=endpoint,
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=_ATTEMPTS),
        connect_timeout=_CONNECT_SECONDS,
        request_timeout=_READ_SECONDS,
        # A file below a part's size is then one PUT, where it would be three requests.
        allow_delayed_open=True,
    )
