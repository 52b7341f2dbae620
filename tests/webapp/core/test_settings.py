"""Settings: the environment variables that a process reads, and the values with which it does not start."""

import os
import runpy
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tools.data_folder import BIN, ROOT
from tools.supervision.ports import free_port
from webapp.core.settings import Settings, SettingsError

SECRET = "x" * 32
ARN = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:JwtSecret-0aB1cD"
EXAMPLE = dict(
    line.split("=", 1) for line in (ROOT / ".env.example").read_text().splitlines() if line[:1].isalpha()
)


class RecordingEnvironment(dict[str, str]):
    """An environment that records which variables are read."""

    def __init__(self, values: dict[str, str]) -> None:
        super().__init__(values)
        self.asked: set[str] = set()

    def get(self, name: str, default: str = "") -> str:  # type: ignore[override]
        self.asked.add(name)
        return super().get(name, default)


def test_environment_overrides_defaults() -> None:
    assert Settings.from_environment(
        {
            "JWT_SECRET_KEY": SECRET,
            "JWT_SECRET_KEY_PREVIOUS": "y" * 32,
            "JWT_SECRET_ARN": ARN,
            "TODO_ENVIRONMENT": "production",
            "MONGODB_URI": "mongodb://db.example:27017",
            "MONGODB_SECRET_ARN": ARN,
            "MONGODB_DATABASE": "todo_eu",
            "CHANGE_RETENTION_DAYS": "30",
            "DATABASE_TIMEOUT_MS": "900",
            "RATE_LIMIT_USER": "5/second",
            "RATE_LIMIT_ADDRESS": "off",
            "RATE_LIMIT_SIGN_IN": "3/hour",
            "RATE_LIMIT_STORAGE_URI": "memory://",
            "TRUSTED_PROXIES": "2",
            "CORS_ORIGINS": "https://app.example, http://localhost:5173",
        }
    ) == Settings(
        jwt_secret=SECRET,
        jwt_secret_previous="y" * 32,
        jwt_secret_arn=ARN,
        environment="production",
        mongodb_uri="mongodb://db.example:27017",
        mongodb_secret_arn=ARN,
        mongodb_database="todo_eu",
        change_retention_days=30,
        database_timeout_ms=900,
        rate_limit_user="5/second",
        rate_limit_address="",
        rate_limit_sign_in="3/hour",
        trusted_proxies=2,
        cors_origins=("https://app.example", "http://localhost:5173"),
    )


def test_empty_environment_means_embedded(tmp_path: Path) -> None:
    settings = Settings.from_environment({"DATA_DIR": str(tmp_path)})
    assert (settings.embedded, settings.change_retention_days, settings.tombstone_days) == (True, 400, 30)


@pytest.mark.parametrize("secret", [None, "", "x" * 31, " " * 31])
def test_production_needs_a_long_secret(tmp_path: Path, secret: str | None) -> None:
    environ = {"TODO_ENVIRONMENT": "production", "DATA_DIR": str(tmp_path)}
    with pytest.raises(SettingsError, match="at least 32 bytes"):
        Settings.from_environment(environ if secret is None else {**environ, "JWT_SECRET_KEY": secret})
    assert list(tmp_path.iterdir()) == []


def test_secret_is_measured_in_bytes() -> None:
    assert Settings.from_environment({"JWT_SECRET_KEY": "é" * 16}).jwt_secret == "é" * 16


def test_short_secret_is_refused_everywhere(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="JWT_SECRET_KEY"):
        Settings.from_environment({"JWT_SECRET_KEY": "short", "DATA_DIR": str(tmp_path)})


def test_embedded_secret_stays_the_same(tmp_path: Path) -> None:
    environ = {"DATA_DIR": str(tmp_path / "new" / "folder")}
    first = Settings.from_environment(environ).jwt_secret
    kept = tmp_path / "new" / "folder" / "jwt-secret"
    assert len(first) >= 32
    assert Settings.from_environment(environ).jwt_secret == first == kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert [path.name for path in kept.parent.iterdir()] == ["jwt-secret"]


def test_processes_that_start_together_agree(tmp_path: Path) -> None:
    script = "from webapp.core.settings import Settings; print(Settings.from_environment().jwt_secret)"

    def start(_: int) -> str:
        env = {"DATA_DIR": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])}
        return subprocess.run(
            [sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True
        ).stdout

    with ThreadPoolExecutor(3) as pool:
        assert len(set(pool.map(start, range(3)))) == 1


def test_empty_embedded_secret_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "jwt-secret").touch()
    with pytest.raises(SettingsError):
        Settings.from_environment({"DATA_DIR": str(tmp_path)})


def test_example_lists_every_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    recording = RecordingEnvironment({"DATA_DIR": str(tmp_path)})
    Settings.from_environment(recording)
    monkeypatch.setattr(os, "environ", recording)
    runpy.run_path(str(ROOT / "gunicorn.conf.py"))
    assert set(EXAMPLE) == recording.asked


def test_example_shows_the_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = EXAMPLE | {"DATA_DIR": str(tmp_path)}
    assert Settings.from_environment(given) == Settings.from_environment({"DATA_DIR": str(tmp_path)})
    served = []
    for values in (given, {"DATA_DIR": str(tmp_path)}):
        monkeypatch.setattr(os, "environ", values)
        served.append(runpy.run_path(str(ROOT / "gunicorn.conf.py")))
    assert [(each["bind"], each["workers"]) for each in served] == [("127.0.0.1:8000", 2)] * 2


def test_example_explains_each_variable() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    unexplained = [line for above, line in pairwise(lines) if line[:1].isalpha() and not above]
    assert unexplained == []


@pytest.mark.parametrize("name", ["CHANGE_RETENTION_DAYS", "DATABASE_TIMEOUT_MS", "TRUSTED_PROXIES"])
@pytest.mark.parametrize(
    "text", ["-1", "1.5", "ten", "", " 5", "\u0663", "\u00b2", "1e3", "9" * 12, "9" * 5000]
)
def test_invalid_number_error_names_its_variable(name: str, text: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} must be a whole number from"):
        Settings.from_environment({"JWT_SECRET_KEY": SECRET, name: text})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("CHANGE_RETENTION_DAYS", "0"),
        ("CHANGE_RETENTION_DAYS", "24856"),
        ("DATABASE_TIMEOUT_MS", "0"),
        ("DATABASE_TIMEOUT_MS", "20001"),
        ("TRUSTED_PROXIES", "11"),
        ("TODO_ENVIRONMENT", ""),
        ("TODO_ENVIRONMENT", "my environment"),
        ("JWT_SECRET_ARN", "JwtSecret"),
        ("JWT_SECRET_ARN", ARN.replace("secretsmanager", "kms")),
        ("JWT_SECRET_ARN", f"{ARN}\n"),
        ("MONGODB_SECRET_ARN", "hush-hush"),
        ("MONGODB_DATABASE", "a.b"),
        ("MONGODB_DATABASE", "x" * 64),
        ("MONGODB_URI", ""),
        ("MONGODB_URI", "postgres://db.example"),
        ("MONGODB_URI", "mongodb://ada:hush-hush@db.example:port"),
        ("MONGODB_URI", "mongodb://ada:hush-hush@[::1"),
        ("MONGODB_URI", "mongodb://ada:hush-hush@db.example/?tls=true&tlsCAFile=/not/there.pem"),
        ("RATE_LIMIT_USER", ""),
        ("RATE_LIMIT_USER", "many"),
        ("RATE_LIMIT_USER", "0/minute"),
        ("RATE_LIMIT_ADDRESS", "600"),
        ("RATE_LIMIT_ADDRESS", "600/fortnight"),
        ("RATE_LIMIT_SIGN_IN", "9999999999/second"),
        ("RATE_LIMIT_STORAGE_URI", ""),
        ("RATE_LIMIT_STORAGE_URI", "memory"),
        ("RATE_LIMIT_STORAGE_URI", "etcd://cache.example"),
        ("CORS_ORIGINS", "*"),
        ("CORS_ORIGINS", "null"),
        ("CORS_ORIGINS", "app.example"),
        ("CORS_ORIGINS", "ftp://app.example"),
        ("CORS_ORIGINS", "https://*.example"),
        ("CORS_ORIGINS", "https://app.example/"),
        ("CORS_ORIGINS", "https://App.example"),
        ("CORS_ORIGINS", "https://app.example:443"),
        ("CORS_ORIGINS", "https://app.example:http"),
        ("CORS_ORIGINS", "https://ada@app.example"),
        ("CORS_ORIGINS", "https://app.example,javascript:alert(1)"),
    ],
)
def test_invalid_value_error_names_its_variable(name: str, text: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} must ") as refusal:
        Settings.from_environment({"JWT_SECRET_KEY": SECRET, name: text})
    assert "hush-hush" not in str(refusal.value)


def test_maximum_retention_gives_valid_dates() -> None:
    settings = Settings.from_environment({"JWT_SECRET_KEY": SECRET, "CHANGE_RETENTION_DAYS": "24855"})
    assert datetime(2026, 11, 20, tzinfo=UTC) - timedelta(days=settings.change_retention_days)
    assert settings.change_retention_days * 86400 < 2**31


def test_missing_package_is_named() -> None:
    uri = "rediss://cache.example:6379/0"
    with pytest.raises(SettingsError, match="needs the Python package redis"):
        Settings.from_environment({"JWT_SECRET_KEY": SECRET, "RATE_LIMIT_STORAGE_URI": uri})


@pytest.mark.parametrize(
    "origin", ["https://[2001:db8::1]:8443", "http://127.0.0.1:3000", "https://a-b.example"]
)
def test_origins_may_be_addresses(origin: str) -> None:
    assert Settings.from_environment({"JWT_SECRET_KEY": SECRET, "CORS_ORIGINS": origin}).cors_origins == (
        origin,
    )


@pytest.mark.parametrize(
    "command",
    [[BIN / "gunicorn"], [BIN / "flask", "changes", "repair"], [BIN / "flask", "run"]],
    ids=lambda c: c[-1],
)
def test_refused_start_prints_one_sentence(command: list[str], tmp_path: Path) -> None:
    env = {"TODO_ENVIRONMENT": "production", "JWT_SECRET_KEY": "short", "DATA_DIR": str(tmp_path)}
    env |= {"FLASK_APP": "webapp.wsgi:build", "PORT": str(free_port()), "PATH": os.environ["PATH"]}
    ended = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert ended.stdout == ""
    (sentence,) = ended.stderr.splitlines()
    assert sentence.startswith("JWT_SECRET_KEY must be set to at least 32 bytes.")


def test_unusable_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="DATA_DIR"):
        Settings.from_environment({"DATA_DIR": str(tmp_path / "file" / "folder")})
