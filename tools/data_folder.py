"""Paths of the checkout, of its virtualenvs, and of the folder that holds all local data."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools import ToolError

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
AIRFLOW_BIN = ROOT / ".venv-airflow" / "bin"


@dataclass(frozen=True)
class DataFolder:
    """The folder with all data of a local installation: database, lake, Airflow's home, logs and secrets."""

    path: Path

    @classmethod
    def from_environment(cls) -> "DataFolder":
        """Return the folder that DATA_DIR names, by default `.data` in the checkout, and create it if needed.

        Raises ToolError if the folder cannot be created.
        """
        path = Path(os.environ.get("DATA_DIR") or ROOT / ".data").expanduser().resolve()
        try:
            (path / "logs").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ToolError(f"DATA_DIR={path} cannot be used: {error.strerror}.") from error
        path.chmod(0o700)
        return cls(path)

    @property
    def lake_uri(self) -> str:
        """The URI of the lake: LAKE_URI, by default the folder `lake` in this folder."""
        return os.environ.get("LAKE_URI") or (self.path / "lake").as_uri()

    @property
    def database_port_file(self) -> Path:
        """The file with the port of the database server; it exists while a server uses this folder."""
        return self.path / "database.port"

    def log(self, name: str) -> Path:
        """The log file of a service."""
        return self.path / "logs" / f"{name}.log"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the folder until the block ends; raises ToolError if another process has locked it."""
        with (self.path / "lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ToolError(
                    f"Another `make run` or `make api` uses {self.path}. Stop it, or choose another "
                    "folder: DATA_DIR=<folder>"
                ) from None
            yield

    def environment(self, mongodb_uri: str) -> dict[str, str]:
        """The environment variables with which the API and the pipeline use this folder and database."""
        return {
            **os.environ,
            "DATA_DIR": str(self.path),
            "MONGODB_URI": mongodb_uri,
            "LAKE_URI": self.lake_uri,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "dags")]),
            "FLASK_APP": "webapp.wsgi:build",
        }
