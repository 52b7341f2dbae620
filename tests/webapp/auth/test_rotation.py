"""Rotation: processes use the current key in AWS Secrets Manager, and clients do not notice a new key."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Event
from typing import Any
from uuid import uuid4

import boto3
import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import SECRET
from tests.webapp import forged_tokens
from tests.webapp.conftest import MovableClock, Person
from tools.data_folder import ROOT, DataFolder
from tools.services.aws import IDENTITY, REGION, aws_server
from tools.supervision.ports import LOOPBACK, free_port
from webapp.app import create_app
from webapp.core.settings import Settings
from webapp.credentials.key_rotation import FRESH_SECONDS, PROPAGATION_SECONDS, UNKNOWN_SECONDS, RotatingKeys
from webapp.credentials.secrets_manager import SecretsManager
from webapp.credentials.signing_keys import KeyRing, Keys, key_id
from webapp.database.connection import Database
from webapp.wsgi import open_keys

TASKS = "/api/v1/tasks"
ENDPOINT = "AWS_ENDPOINT_URL_SECRETS_MANAGER"


@dataclass(frozen=True)
class Secret:
    """The secret with the signing key in an emulated Secrets Manager; tests change it as an operator does."""

    client: Any
    arn: str

    def rotate(self, text: str | None = None) -> str:
        """Replace the current key by this text or by a random one; returns the new key."""
        text = text or f"key {uuid4().hex}"
        self.client.put_secret_value(SecretId=self.arn, SecretString=text)
        return text


@dataclass
class CountingReader:
    """Reads the secret as a process of the API does, and counts the reads."""

    reader: SecretsManager
    count: int = 0

    def __call__(self) -> KeyRing:
        self.count += 1
        return self.reader.read()


@pytest.fixture(scope="module")
def aws_address(data_folder: DataFolder) -> Iterator[str]:
    with aws_server(data_folder.log("secrets")) as address:
        yield address


@pytest.fixture
def aws(aws_address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in {**IDENTITY, ENDPOINT: aws_address}.items():
        monkeypatch.setenv(name, text)


@pytest.fixture
def secret(aws: None) -> Secret:
    client = boto3.client("secretsmanager", region_name=REGION)
    return Secret(client, client.create_secret(Name=uuid4().hex, SecretString=SECRET)["ARN"])


@pytest.fixture
def settings(settings: Settings, secret: Secret) -> Settings:
    return replace(settings, jwt_secret="what an instance was started with", jwt_secret_arn=secret.arn)


@pytest.fixture
def clock() -> MovableClock:
    """A clock that starts at the real time, because the emulated Secrets Manager uses the real time."""
    return MovableClock(datetime.now(UTC))


@pytest.fixture
def keys(settings: Settings, clock: MovableClock) -> Keys:
    return opened(settings, clock)


@pytest.fixture
def app(app: Flask, settings: Settings, database: Database, clock: MovableClock, keys: Keys) -> Flask:
    rotating = create_app(settings, database, clock, keys=keys)
    rotating.test_client_class = app.test_client_class
    return rotating


@pytest.fixture
def other(settings: Settings, database: Database, clock: MovableClock) -> FlaskClient:
    """An HTTP client of a second process of the API, which reads the signing keys independently."""
    return create_app(settings, database, clock, keys=opened(settings, clock)).test_client()


def opened(settings: Settings, clock: MovableClock) -> Keys:
    return open_keys(settings, clock, lambda: clock().timestamp())


def status(client: FlaskClient, token: str, path: str = TASKS) -> int:
    return client.get(path, headers={"Authorization": f"Bearer {token}"}).status_code


def renewed(client: FlaskClient, person: Person) -> str:
    """Exchange the refresh token; returns the new access token."""
    headers = {"Authorization": f"Bearer {person.refresh_token}"}
    tokens = client.post("/api/v1/auth/refresh", headers=headers).json
    person.refresh_token = tokens["refresh_token"]
    return str(tokens["access_token"])


def signer(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


def test_processes_learn_a_key_before_it_signs(
    ada: Person, other: FlaskClient, secret: Secret, clock: MovableClock
) -> None:
    new = secret.rotate()
    clock.advance(seconds=FRESH_SECONDS)
    assert signer(early := renewed(ada.client, ada)) == key_id(SECRET)
    clock.advance(seconds=UNKNOWN_SECONDS)
    assert [status(other, token) for token in (ada.token, early)] == [200, 200]
    clock.advance(seconds=FRESH_SECONDS)
    assert signer(late := renewed(ada.client, ada)) == key_id(new)
    assert [status(other, token) for token in (ada.token, early, late)] == [200, 200, 200]


def test_second_rotation_ends_the_first_key(ada: Person, secret: Secret, clock: MovableClock) -> None:
    kept = secret.rotate()
    secret.rotate()
    clock.advance(seconds=FRESH_SECONDS)
    newer = forged_tokens.signed(forged_tokens.claims_of(ada.token), kept, key_id(kept))
    assert (status(ada.client, ada.token), status(ada.client, newer)) == (401, 200)


def test_unknown_key_is_looked_up_at_once(ada: Person, secret: Secret, clock: MovableClock) -> None:
    new = secret.rotate()
    token = forged_tokens.signed(forged_tokens.claims_of(ada.token), new, key_id(new))
    clock.advance(seconds=UNKNOWN_SECONDS)
    assert status(ada.client, token) == 200


def test_cursor_stays_valid_after_a_rotation(ada: Person, secret: Secret, clock: MovableClock) -> None:
    for _ in range(3):
        ada.create()
    path = f"{TASKS}?limit=1"
    for _ in range(2):
        path = f"{TASKS}?limit=1&cursor={ada.send('GET', path).json['next_cursor']}"
        secret.rotate()
        clock.advance(seconds=2 * PROPAGATION_SECONDS)
        ada.token = renewed(ada.client, ada)
        assert status(ada.client, ada.token, path) == 200


def test_unknown_keys_cause_few_requests_to_aws(settings: Settings, clock: MovableClock) -> None:
    assert settings.jwt_secret_arn
    read = CountingReader(SecretsManager(settings.jwt_secret_arn, clock))
    keys = RotatingKeys(KeyRing(settings.jwt_secret), read, lambda: clock().timestamp())
    with ThreadPoolExecutor(16) as threads:
        for _ in range(3):
            assert set(threads.map(keys.find, [uuid4().hex for _ in range(200)])) == {None}
            clock.advance(seconds=UNKNOWN_SECONDS)
    assert read.count == 3
    assert keys.find(key_id(SECRET)) == SECRET


def test_one_thread_reads_and_others_continue() -> None:
    reading, answered = Event(), Event()

    def read() -> KeyRing:
        reading.set()
        assert answered.wait(30)
        return KeyRing("new")

    keys = RotatingKeys(KeyRing("old"), read)
    with ThreadPoolExecutor(2) as threads:
        noticing = threads.submit(keys.ring)
        assert reading.wait(30)
        assert [keys.ring().signing for _ in range(3)] == ["old", "old", "old"]
        in_need = threads.submit(keys.find, key_id("new"))
        assert not wait([in_need], timeout=0.1).done
        answered.set()
        assert (noticing.result(30).signing, in_need.result(30)) == ("new", "new")


def test_short_secret_is_ignored(
    ada: Person, secret: Secret, clock: MovableClock, caplog: pytest.LogCaptureFixture
) -> None:
    secret.rotate("short, at 31 bytes: nearly good")
    clock.advance(seconds=2 * PROPAGATION_SECONDS)
    assert signer(renewed(ada.client, ada)) == key_id(SECRET)
    assert status(ada.client, ada.token) == 200
    assert "must have at least 32 bytes" in caplog.text
    assert "nearly good" not in caplog.text


def test_failing_aws_leaves_keys_in_use(
    ada: Person, secret: Secret, clock: MovableClock, caplog: pytest.LogCaptureFixture
) -> None:
    secret.rotate()
    secret.client.delete_secret(SecretId=secret.arn)
    clock.advance(seconds=2 * PROPAGATION_SECONDS)
    assert signer(renewed(ada.client, ada)) == key_id(SECRET)
    assert "InvalidRequestException" in caplog.text
    assert SECRET not in caplog.text


def test_keys_of_settings_work_without_aws(
    settings: Settings, secret: Secret, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENDPOINT, f"http://{LOOPBACK}:{free_port()}")
    assert opened(settings, clock).ring() == KeyRing(settings.jwt_secret)


@pytest.mark.parametrize("rotates", [True, False])
def test_process_signs_with_the_secret(rotates: bool, settings: Settings, secret: Secret) -> None:
    """Only a process with JWT_SECRET_ARN may import boto3; a new process shows what it has imported."""
    env = {
        **os.environ,
        "JWT_SECRET_KEY": settings.jwt_secret,
        "JWT_SECRET_ARN": secret.arn if rotates else "",
        "MONGODB_URI": settings.mongodb_uri,
        "MONGODB_DATABASE": settings.mongodb_database,
    }
    script = (
        "import sys; from webapp.http.context import services; from webapp.wsgi import build;"
        "print(services(build()).signing_keys.ring().names, 'boto3' in sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", script], env=env, cwd=ROOT, capture_output=True, text=True)
    signing = SECRET if rotates else settings.jwt_secret
    assert ended.stdout == f"['{key_id(signing)}'] {rotates}\n"
