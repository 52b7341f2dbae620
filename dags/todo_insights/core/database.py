"""The MongoDB or DocumentDB database with the change log and the insights."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bson.codec_options import CodecOptions
from pymongo import MongoClient
from pymongo.database import Database as MongoDatabase
from pymongo.errors import PyMongoError

from .errors import SettingsError, SourceError
from .settings import Settings

Document = dict[str, Any]
Database = MongoDatabase[Document]


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """Open the database; raises SourceError when it is unreachable or refuses the login."""
    if settings.mongodb_uri is None:
        raise SettingsError(
            "set MONGODB_URI to the address of the database with the change log, like mongodb://127.0.0.1:27017"
        )
    try:
        with _client(settings.mongodb_uri) as client:
            options = CodecOptions[Document](tz_aware=True)
            yield client.get_database(settings.mongodb_database, options)
    except PyMongoError as error:
        raise SourceError(f"cannot use the database at MONGODB_URI: {error}") from error


def _client(uri: str) -> MongoClient[Document]:
    # If the operator has set this option in the URI, the keyword argument is not passed, because it would
    # override the operator's value.
    is_set = "serverselectiontimeoutms" in uri.lower()
    retry_policy: dict[str, Any] = {} if is_set else {"serverSelectionTimeoutMS": 10_000}
    try:
        # DocumentDB does not support retryable writes; the next run repeats a write that failed.
        return MongoClient(uri, retryWrites=False, **retry_policy)
    except ValueError as error:
        raise SettingsError(f"MONGODB_URI is not a MongoDB address: {error}") from error
    except OSError as error:
        raise SettingsError(
            f"MONGODB_URI names a file that cannot be read, {error.filename}; "
            "store the file there, or correct the option tlsCAFile"
        ) from error
