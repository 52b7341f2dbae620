"""The settings of the pipeline; they are read once from the environment, and passed on as an argument."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Literal, Self

from .errors import SettingsError

ZONES = ("bronze", "silver", "gold")
_ZONE_URI = re.compile(r"file:///|s3://[^/]")
_CATALOG_URI = re.compile(r"file:///|glue://[^/]")
AWS_SERVICES = ("s3", "glue", "cloudwatch")


@dataclass(frozen=True)
class Settings:
    """The settings that an operator can choose.

    `zone_uris` maps bronze, silver and gold to file:// or s3:// addresses, `aws_endpoints` maps a service of
    AWS to the endpoint that replaces its default endpoint, and `metrics` is the destination of the metrics.
    """

    mongodb_uri: str | None
    mongodb_database: str
    zone_uris: Mapping[str, str]
    catalog_uri: str
    settle: timedelta = timedelta(minutes=5)
    look_back: timedelta = timedelta(hours=24)
    max_changes_per_slice: int = 250_000
    environment: str = "local"
    metrics: Literal["log", "cloudwatch"] = "log"
    aws_endpoints: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> Self:
        """Read the variables that dags/README.md lists; SettingsError names a missing or invalid variable."""
        zones = _zone_uris(env)
        catalog = env.get("CATALOG_URI") or (
            f"{env['LAKE_URI'].rstrip('/')}/catalog.sqlite" if env.get("LAKE_URI") else None
        )
        if catalog is None:
            raise SettingsError("set CATALOG_URI or LAKE_URI: CATALOG_URI defaults to a file below LAKE_URI")
        if not _CATALOG_URI.match(catalog):
            raise SettingsError(
                f"CATALOG_URI is {catalog!r}; set a glue://<database> or a file:// address of an SQLite file"
            )
        return cls(
            mongodb_uri=env.get("MONGODB_URI") or None,
            mongodb_database=env.get("MONGODB_DATABASE") or "todo",
            zone_uris=MappingProxyType(zones),
            catalog_uri=catalog,
            settle=timedelta(seconds=_whole_number(env, "SETTLE_SECONDS", 300, least=0)),
            look_back=timedelta(hours=_whole_number(env, "LOOK_BACK_HOURS", 24, least=0)),
            max_changes_per_slice=_whole_number(env, "MAX_CHANGES_PER_SLICE", 250_000, least=1),
            environment=env.get("TODO_ENVIRONMENT") or "local",
            metrics=_metrics(env.get("METRICS") or "log"),
            aws_endpoints=MappingProxyType(_endpoints(env)),
        )


def _zone_uris(env: Mapping[str, str]) -> dict[str, str]:
    lake = (env.get("LAKE_URI") or "").rstrip("/")
    zones = {}
    for zone in ZONES:
        uri = (env.get(f"{zone.upper()}_URI") or "").rstrip("/") or (f"{lake}/{zone}" if lake else "")
        if not _ZONE_URI.match(uri):
            raise SettingsError(
                f"set LAKE_URI (one folder for the whole lake, like file:///srv/lake) or {zone.upper()}_URI"
                + (f"; {uri!r} is neither a file:// nor an s3:// address" if uri else "")
            )
        zones[zone] = uri
    return zones


def _whole_number(env: Mapping[str, str], name: str, default: int, least: int) -> int:
    text = env.get(name) or str(default)
    if not (text.isascii() and text.isdigit()) or int(text) < least:
        raise SettingsError(f"{name} is {text!r}; set a whole number, {least} or more")
    return int(text)


def _metrics(text: str) -> Literal["log", "cloudwatch"]:
    if text == "log":
        return "log"
    if text == "cloudwatch":
        return "cloudwatch"
    raise SettingsError(f"METRICS is {text!r}; set log or cloudwatch")


def _endpoints(env: Mapping[str, str]) -> dict[str, str]:
    """The endpoints that the variables of the AWS SDK set: one for all services, or one for each service."""
    found = {
        service: uri
        for service in AWS_SERVICES
        if (uri := env.get(f"AWS_ENDPOINT_URL_{service.upper()}") or env.get("AWS_ENDPOINT_URL"))
    }
    for uri in found.values():
        if not uri.startswith(("http://", "https://")):
            raise SettingsError(f"AWS_ENDPOINT_URL is {uri!r}; set an address with http:// or https://")
    return found
