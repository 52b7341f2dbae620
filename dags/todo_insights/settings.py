"""Where the pipeline reads and writes, taken once from the environment and passed in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Self

from .errors import SettingsError

ZONES = ("bronze", "silver", "gold")


@dataclass(frozen=True)
class Settings:
    """Every choice an operator has; `zone_uris` maps bronze, silver and gold to folders."""

    mongodb_uri: str | None
    mongodb_database: str
    zone_uris: Mapping[str, str]
    catalog_uri: str
    settle: timedelta

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> Self:
        """Read the variables of dags/README.md; raises SettingsError that names what to set."""
        zones = _zone_uris(env)
        catalog = env.get("CATALOG_URI") or (
            f"{env['LAKE_URI'].rstrip('/')}/catalog.sqlite" if env.get("LAKE_URI") else None
        )
        if catalog is None:
            raise SettingsError("set CATALOG_URI: without LAKE_URI the catalog has no place of its own")
        return cls(
            mongodb_uri=env.get("MONGODB_URI") or None,
            mongodb_database=env.get("MONGODB_DATABASE") or "todo",
            zone_uris=MappingProxyType(zones),
            catalog_uri=catalog,
            settle=_settle(env.get("SETTLE_SECONDS") or "300"),
        )


def _zone_uris(env: Mapping[str, str]) -> dict[str, str]:
    lake = (env.get("LAKE_URI") or "").rstrip("/")
    zones = {}
    for zone in ZONES:
        uri = (env.get(f"{zone.upper()}_URI") or "").rstrip("/") or (f"{lake}/{zone}" if lake else "")
        if "://" not in uri:
            raise SettingsError(
                f"set LAKE_URI (one folder for the whole lake, like file:///srv/lake) or {zone.upper()}_URI"
                + (f"; {uri!r} has no scheme" if uri else "")
            )
        zones[zone] = uri
    return zones


def _settle(text: str) -> timedelta:
    try:
        seconds = int(text)
    except ValueError:
        seconds = -1
    if seconds < 0:
        raise SettingsError(f"SETTLE_SECONDS is {text!r}; set a whole number of seconds, 0 or more")
    return timedelta(seconds=seconds)
