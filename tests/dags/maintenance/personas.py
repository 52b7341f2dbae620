"""Persons who use the real API at simulated times, and a search for their words in the whole lake."""

import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from todo_insights.core.aws import Aws
from todo_insights.core.settings import Settings
from webapp.app import create_app
from webapp.core.settings import Settings as ApiSettings
from webapp.database.connection import connect

PASSWORD = "correct horse battery"
NO_LIMITS: dict[str, Any] = {"rate_limit_user": "", "rate_limit_address": "", "rate_limit_sign_in": ""}


class Api:
    """The API with the pipeline's database and a clock that a test sets."""

    def __init__(self, settings: Settings, now: datetime) -> None:
        self.now = now
        api_settings = ApiSettings(
            jwt_secret="a secret for tests, long enough to be taken",
            mongodb_uri=settings.mongodb_uri or "",
            mongodb_database=settings.mongodb_database,
            access_token_minutes=60 * 24 * 365,
            **NO_LIMITS,
        )
        self.database = connect(api_settings)
        self.client = create_app(api_settings, self.database, lambda: self.now).test_client()

    def close(self) -> None:
        self.database.client.close()


class Person:
    """A user of the API. All texts of the user contain `word`, so that a search can find them."""

    def __init__(self, api: Api, word: str) -> None:
        self._api, self.word, self._headers = api, word, {}
        proof = {"email": f"{word}@{word}.example", "password": PASSWORD}
        profile = {**proof, "name": f"Name {word}", "time_zone": "Asia/Tokyo"}
        made = self._send("POST", "/api/v1/users", profile)
        self.user_id = made["id"]
        token = self._send("POST", "/api/v1/auth/login", proof)["access_token"]
        self._headers = {"Authorization": f"Bearer {token}"}

    def change_data(self, now: datetime) -> None:
        """Create and complete a task, and change the user's name, within one minute."""
        self._api.now = now
        words = {
            "title": f"Title {self.word}",
            "description": f"Text {self.word}",
            "tags": [f"tag-{self.word}"],
        }
        fields = {**words, "category": f"Category {self.word}", "due_date": "2026-11-20"}
        made = self._send("POST", "/api/v1/tasks", fields)
        self._api.now += timedelta(seconds=30)
        self._send("PATCH", f"/api/v1/tasks/{made['id']}", {"status": "completed"})
        self._send("PATCH", "/api/v1/users/me", {"name": f"Other {self.word} {now:%H}"})

    def delete_account(self, now: datetime) -> None:
        """Delete the user's account."""
        self._api.now = now
        self._send("DELETE", "/api/v1/users/me", {"password": PASSWORD})

    def _send(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._api.client.open(path, method=method, json=body, headers=self._headers)
        assert answer.status_code < 300, answer.json
        return answer.json if answer.data else None


def files_with_word(word: str, settings: Settings, aws: Aws | None = None) -> set[str]:
    """Return the names of all files or object versions with the word in their bytes or in a column."""
    return {name for name, content in files_of(settings, aws) if _holds(word, content)}


def files_of(settings: Settings, aws: Aws | None = None) -> Iterator[tuple[str, bytes]]:
    """Yield the name and content of every file in the zones; on S3, of every version of every object."""
    return _in_buckets(settings, aws) if aws else _in_folders(settings)


def _in_folders(settings: Settings) -> Iterator[tuple[str, bytes]]:
    for uri in settings.zone_uris.values():
        for path in Path(uri.removeprefix("file://")).rglob("*"):
            if path.is_file():
                yield str(path), path.read_bytes()


def _in_buckets(settings: Settings, aws: Aws) -> Iterator[tuple[str, bytes]]:
    s3 = aws.client("s3")
    for uri in settings.zone_uris.values():
        bucket = uri.removeprefix("s3://")
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for each in page.get("Versions", ()):
                key, version = each["Key"], each["VersionId"]
                body = s3.get_object(Bucket=bucket, Key=key, VersionId=version)["Body"]
                yield f"{bucket}/{key}?{version}", body.read()


def _holds(word: str, content: bytes) -> bool:
    if word.encode() in content:
        return True
    try:
        # Parquet may compress the word, so a search in the bytes may not find it.
        return word in repr(pq.read_table(io.BytesIO(content)).to_pylist())
    except pa.ArrowInvalid:
        return False
