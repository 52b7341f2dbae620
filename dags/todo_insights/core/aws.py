"""AWS clients: one session, and endpoints that replace the default endpoints of AWS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pyarrow import fs

from .errors import SettingsError

if TYPE_CHECKING:
    from boto3 import Session


@dataclass(frozen=True)
class RetryPolicy:
    """The timeouts of a request to AWS and the maximum number of attempts.

    A request is repeated if it is throttled, fails with 5xx or loses its connection. If the last attempt
    fails, its error is raised.
    """

    attempts: int = 5
    connect_seconds: int = 10
    read_seconds: int = 60


class Aws:
    """A boto3 session, by default with the identity of the environment, and the endpoint of each service."""

    def __init__(
        self,
        endpoints: Mapping[str, str] | None = None,
        session: Session | None = None,
        retry_policy: RetryPolicy | None = None,
    ) -> None:
        self._endpoints = dict(endpoints or {})
        self._session, self._retry_policy = session, retry_policy or RetryPolicy()
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """The boto3 client of a service, such as glue.

        Raises SettingsError when the region or the credentials are missing.
        """
        self._credentials()
        if service not in self._clients:
            from botocore.config import Config

            config = Config(
                retries={"mode": "standard", "total_max_attempts": self._retry_policy.attempts},
                connect_timeout=self._retry_policy.connect_seconds,
                read_timeout=self._retry_policy.read_seconds,
            )
            self._clients[service] = self.session.client(
                service, endpoint_url=self._endpoints.get(service), config=config
            )
        return self._clients[service]

    @property
    def session(self) -> Session:
        """The boto3 session; raises SettingsError when no region is set."""
        if self._session is None:
            # boto3 is imported here, because it is slow to import, and not needed for a lake in a folder.
            from boto3 import Session
            from botocore.exceptions import BotoCoreError

            try:
                self._session = Session()
            except BotoCoreError as error:
                raise SettingsError(f"AWS_PROFILE names an unknown profile: {error}") from error
        if self._session.region_name is None:
            raise SettingsError("set AWS_DEFAULT_REGION: an s3:// or glue:// address needs a region")
        return self._session

    def filesystem(self) -> fs.S3FileSystem:
        """The S3 filesystem of pyarrow with the current credentials.

        Call this method for each operation, because the credentials of a role expire. Raises SettingsError
        when there are no credentials.
        """
        frozen = self._credentials()
        return _filesystem(
            frozen.access_key,
            frozen.secret_key,
            frozen.token,
            self.session.region_name,
            self._endpoints.get("s3"),
            self._retry_policy,
        )

    def _credentials(self) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            found = self.session.get_credentials()
            if found is not None:
                return found.get_frozen_credentials()
        except (BotoCoreError, ClientError) as error:
            raise SettingsError(f"AWS credentials are refused; renew them and try again: {error}") from error
        raise SettingsError("AWS credentials are missing; set a profile, a role or AWS_ACCESS_KEY_ID")


@lru_cache(maxsize=8)
def _filesystem(
    access_key: str,
    secret_key: str,
    token: str | None,
    region: str,
    endpoint: str | None,
    retry_policy: RetryPolicy,
) -> fs.S3FileSystem:
    return fs.S3FileSystem(
        access_key=access_key,
        secret_key=secret_key,
        session_token=token,
        region=region,
        endpoint_override=endpoint,
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=retry_policy.attempts),
        connect_timeout=retry_policy.connect_seconds,
        request_timeout=retry_policy.read_seconds,
        # With this option, a file that is smaller than one part of a multipart upload is uploaded with one
        # PUT instead of three requests.
        allow_delayed_open=True,
    )
