"""Reads environment variables; an error about an invalid value explains how to correct the value."""

import re
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

OFF = "off"
LIMIT = re.compile(r"[1-9][0-9]{0,8}/(second|minute|hour|day)", re.ASCII)
SECRET_ARN = re.compile(
    r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+", re.ASCII
)
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,62}", re.ASCII)
# The Python package that each kind of storage for rate limits needs; None if the kind needs no package.
STORAGES = {"memory": None, "redis": "redis", "rediss": "redis"}


class SettingsError(Exception):
    """A setting is missing or invalid; the message says how to correct it."""


def whole_number(
    environ: Mapping[str, str], name: str, default: int, *, highest: int, lowest: int = 1
) -> int:
    """Read a number in plain digits; raises SettingsError unless the number is from `lowest` to `highest`."""
    text = environ.get(name, str(default))
    # The length is checked first, because Python converts thousands of digits slowly or not at all.
    plain = text.isascii() and text.isdigit() and len(text) <= len(str(highest))
    if not plain or not lowest <= int(text) <= highest:
        raise SettingsError(f"{name} must be a whole number from {lowest} to {highest}, not {quoted(text)}.")
    return int(text)


def plain_name(environ: Mapping[str, str], name: str, default: str) -> str:
    """Read a name of letters, digits, hyphens and underscores; raises SettingsError for other text."""
    text = environ.get(name, default)
    if not NAME.fullmatch(text):
        raise SettingsError(
            f"{name} must be 1 to 63 letters, digits, - and _, such as {default}; not {quoted(text)}."
        )
    return text


def rate_limit(environ: Mapping[str, str], name: str, default: str) -> str:
    """Read a rate limit such as 600/minute; returns "" for `off`, and raises SettingsError for other text."""
    text = environ.get(name, default)
    if text == OFF:
        return ""
    if not LIMIT.fullmatch(text):
        raise SettingsError(
            f"{name} must be a number of requests per second, minute, hour or day, such as {default}, "
            f"or {OFF} for no limit; not {quoted(text)}."
        )
    return text


def limit_storage(environ: Mapping[str, str], name: str, default: str) -> str:
    """Read the URI of the storage for rate limits.

    Raises SettingsError for an unknown kind of storage, or if the Python package for the storage is missing.
    """
    uri = environ.get(name, default)
    scheme = uri.partition("://")[0]
    if scheme not in STORAGES or "://" not in uri:
        raise SettingsError(f"{name} must be memory:// or an address such as redis://cache.example:6379/0.")
    package = STORAGES[scheme]
    if package is not None and find_spec(package) is None:
        raise SettingsError(
            f"{name} starts with {scheme}:// and needs the Python package {package}: "
            f"add it to requirements/web.in, or use {default}."
        )
    return uri


def secret_arn(environ: Mapping[str, str], name: str) -> str | None:
    """Read the ARN of a secret; returns None for an empty value, and raises SettingsError for other text.

    The error does not quote the value, because it may be the secret itself.
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html
    """
    arn = environ.get(name, "")
    if arn and not SECRET_ARN.fullmatch(arn):
        raise SettingsError(
            f"{name} must be the complete ARN of a secret in Secrets Manager, such as "
            "arn:aws:secretsmanager:eu-central-1:111122223333:secret:jwt-AbCdEf."
        )
    return arn or None


def mongodb_uri(environ: Mapping[str, str], name: str, default: str) -> str:
    """Read a connection string; the SettingsError does not quote the string, which may contain a password."""
    # pymongo is imported here because `python -m webapp` uses this module only to read WEB_CONCURRENCY, and
    # should not wait for the import.
    from pymongo.errors import ConfigurationError, InvalidURI
    from pymongo.uri_parser import parse_uri

    uri = environ.get(name, default)
    try:
        # For mongodb+srv, parse_uri would look up hosts in DNS; reading the settings must not use the
        # network.
        if not uri.startswith("mongodb+srv://"):
            parse_uri(uri)
    except (ConfigurationError, InvalidURI, ValueError):
        raise SettingsError(
            f"{name} must be a MongoDB connection string such as "
            "mongodb://user:password@host:27017/?tls=true, with user and password percent-encoded."
        ) from None
    except OSError as error:
        raise SettingsError(
            f"{name} must name a file with certificates, but {error.filename} cannot be read. "
            "Put the file there or correct tlsCAFile."
        ) from None
    return uri


def optional_path(environ: Mapping[str, str], name: str) -> Path | None:
    """Read an absolute path; returns None for an empty value, and raises SettingsError for a relative path.

    A relative path would depend on the folder in which the server was started.
    """
    text = environ.get(name, "")
    if text and not Path(text).is_absolute():
        raise SettingsError(f"{name} must be an absolute path, not {quoted(text)}.")
    return Path(text) if text else None


def page_address(environ: Mapping[str, str], name: str) -> str:
    """Read the http or https address of a page, or an empty value; raises SettingsError for other text."""
    text = environ.get(name, "")
    if text and not re.fullmatch(r"https?://[^\s<>\"']+", text, re.ASCII):
        raise SettingsError(
            f"{name} must be an address such as http://localhost:8080, or empty; not {quoted(text)}."
        )
    return text


def origins(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Read exact web origins (RFC 6454), separated by commas; raises SettingsError for other text."""
    listed = [text.strip() for text in environ.get(name, "").split(",")]
    for text in listed:
        if text and not _is_origin(text):
            raise SettingsError(
                f"{name} must list origins as browsers send them, scheme://host[:port] in lower case without "
                f"a path or *, separated by commas, such as https://app.example.com; not {quoted(text)}."
            )
    return tuple(text for text in listed if text)


def _is_origin(text: str) -> bool:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    default_port = {"http": 80, "https": 443}.get(parts.scheme)
    if default_port is None or not parts.hostname or port in (0, default_port):
        return False
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    exact = f"{parts.scheme}://{host}" + ("" if port is None else f":{port}")
    return text == exact and re.fullmatch(r"[a-z0-9.:\[\]-]+", host, re.ASCII) is not None


def quoted(text: str) -> str:
    """Return a value in quotes, shortened to 60 characters."""
    return repr(text if len(text) <= 60 else text[:60] + "…")
