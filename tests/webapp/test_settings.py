"""Settings: what a process takes from its environment, and what it refuses to start with."""

import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from webapp.settings import Settings, SettingsError

SECRET = "x" * 32


def test_environment_overrides_defaults() -> None:
    assert Settings.from_environment(
        {
            "JWT_SECRET_KEY": SECRET,
            "TODO_ENVIRONMENT": "production",
            "MONGODB_URI": "mongodb://db.example:27017",
            "MONGODB_DATABASE": "todo_eu",
            "CHANGE_RETENTION_DAYS": "30",
            "DATABASE_TIMEOUT_MS": "900",
        }
    ) == Settings(
        jwt_secret=SECRET,
        environment="production",
        mongodb_uri="mongodb://db.example:27017",
        mongodb_database="todo_eu",
        change_retention_days=30,
        database_timeout_ms=900,
    )


def test_empty_environment_is_embedded(tmp_path: Path) -> None:
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
    script = "from webapp.settings import Settings; print(Settings.from_environment().jwt_secret)"

    def start(_: int) -> str:
        env = {"DATA_DIR": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])}
        return subprocess.run(
            [sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True
        ).stdout

    with ThreadPoolExecutor(3) as pool:
        assert len(set(pool.map(start, range(3)))) == 1


def test_emptied_embedded_secret_is_refused(tmp_path: Path) -> None:
    (tmp_path / "jwt-secret").touch()
    with pytest.raises(SettingsError):
        Settings.from_environment({"DATA_DIR": str(tmp_path)})


@pytest.mark.parametrize("name", ["CHANGE_RETENTION_DAYS", "DATABASE_TIMEOUT_MS"])
@pytest.mark.parametrize("text", ["0", "-1", "1.5", "ten", "", " 5", "\u0663", "\u00b2", "1e3"])
def test_nonsense_number_names_its_variable(name: str, text: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment({"JWT_SECRET_KEY": SECRET, name: text})
