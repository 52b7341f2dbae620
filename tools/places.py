"""Where things lie: the checkout, its virtualenvs, and one data folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.errors import ToolError

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
AIRFLOW_BIN = ROOT / ".venv-airflow" / "bin"


@dataclass(frozen=True)
class DataFolder:
    """All that one embedded product keeps: database, lake, Airflow's home, logs and secrets."""

    path: Path

    @classmethod
    def chosen(cls) -> "DataFolder":
        """The folder that DATA_DIR names, by default `.data` in the checkout; made if it is not there."""
        path = Path(os.environ.get("DATA_DIR") or ROOT / ".data").expanduser().resolve()
        try:
            (path / "logs").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ToolError(f"DATA_DIR={path} cannot be used: {error.strerror}.") from error
        path.chmod(0o700)
        return cls(path)

    @property
    def lake_uri(self) -> str:
        """Where the lake is: LAKE_URI, by default the folder `lake`."""
        return os.environ.get("LAKE_URI") or (self.path / "lake").as_uri()

    @property
    def database_port_file(self) -> Path:
        """Names the port of the database server while one runs on this folder."""
        return self.path / "database.port"

    def log(self, name: str) -> Path:
        """The log file of a process."""
        return self.path / "logs" / f"{name}.log"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder, so that two products cannot start on it; raises ToolError when somebody does."""
        with (self.path / "lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ToolError(
                    f"Another `make run` or `make api` works on {self.path}. Stop it, or choose another "
                    "folder: DATA_DIR=<folder>"
                ) from None
            yield

    def environment(self, mongodb_uri: str) -> dict[str, str]:
        """What the API and the pipeline read to work on this folder and database."""
        return {
            **os.environ,
            "DATA_DIR": str(self.path),
            "MONGODB_URI": mongodb_uri,
            "LAKE_URI": self.lake_uri,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "dags")]),
            "FLASK_APP": "webapp.wsgi:build",
        }
