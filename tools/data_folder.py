"""The paths of the checkout, of its virtualenvs, and of the folder with all local data."""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path

from tools import ToolError

ROOT = Path(__file__).resolve().parent.parent
# The virtualenv of this process; `make api` uses a virtualenv with fewer packages.
BIN = Path(sys.executable).parent
AIRFLOW_BIN = ROOT / ".venv-airflow" / "bin"


@dataclass(frozen=True)
class DataFolder:
    """The folder with all data of a local installation: database, lake, Airflow's home, logs and secrets."""

    path: Path

    @classmethod
    def from_environment(cls) -> "DataFolder":
        """Return the data folder: the value of DATA_DIR, by default `.data` in the checkout.

        Raises ToolError if the folder has no data of the product, unless MONGODB_URI and LAKE_URI are both
        set.
        """
        folder = cls.chosen()
        if not folder.has_data and not (os.environ.get("MONGODB_URI") and os.environ.get("LAKE_URI")):
            raise ToolError(
                f"DATA_DIR={folder.path} has no data of this product.{folder._suggestion()} "
                "To start with a new folder, use make run, make api or make sample-data."
            )
        return folder

    @classmethod
    def chosen(cls) -> "DataFolder":
        """Return the data folder in DATA_DIR, by default `.data`; does not check that the folder has data."""
        return cls(Path(os.environ.get("DATA_DIR") or ROOT / ".data").expanduser().resolve())

    @property
    def has_data(self) -> bool:
        """Whether the folder contains data of the product."""
        return (self.path / "logs").is_dir()

    def create(self) -> bool:
        """Create the folder if it does not exist; returns True if it did not exist or was empty.

        Raises ToolError if the folder contains files but no data of the product, or cannot be created.
        """
        is_new = not self.has_data
        try:
            if is_new and self.path.exists() and any(self.path.iterdir()):
                raise ToolError(
                    f"DATA_DIR={self.path} contains files, but no data of this product. "
                    f"Choose a new or an empty folder.{self._suggestion()}"
                )
            (self.path / "logs").mkdir(parents=True, exist_ok=True)
            self.path.chmod(0o700)
        except OSError as error:
            raise ToolError(f"DATA_DIR={self.path} cannot be used: {error.strerror}.") from error
        return is_new

    def _suggestion(self) -> str:
        """Return a question that suggests folders with data and a similar name, or the default folder."""
        siblings = self.path.parent.iterdir() if self.path.parent.is_dir() else ()
        candidates = dict.fromkeys((*siblings, ROOT / ".data"))
        # A folder is suggested only if it contains logs, and also a database or a lake. A folder with nothing
        # but logs is left from a start that failed.
        names = [
            str(each)
            for each in candidates
            if (each / "logs").is_dir() and any((each / name).is_dir() for name in ("database", "lake"))
        ]
        similar = get_close_matches(str(self.path), names, n=3) or names[:3]
        return f" Did you mean {' or '.join(f'DATA_DIR={each}' for each in similar)}?" if similar else ""

    @property
    def lake_uri(self) -> str:
        """The URI of the lake: LAKE_URI, by default the folder `lake` in this folder."""
        return os.environ.get("LAKE_URI") or (self.path / "lake").as_uri()

    @property
    def database_port_file(self) -> Path:
        """The file with the port of the database server; it exists while a server uses this folder."""
        return self.path / "database.port"

    @property
    def started(self) -> datetime | None:
        """The time of the last start of the product; None if it was never recorded."""
        text = self._start_file.read_text() if self._start_file.is_file() else ""
        # The file is empty if the disk was full.
        return datetime.fromisoformat(text) if text else None

    def record_start(self, now: datetime) -> None:
        """Record the time of a start of the product; `make top` expects metrics from this time on."""
        self._start_file.write_text(now.isoformat())

    @property
    def _start_file(self) -> Path:
        return self.path / "product.started"

    def log(self, name: str) -> Path:
        """The log file of a service."""
        return self.path / "logs" / f"{name}.log"

    @property
    def metrics_file(self) -> Path:
        """The file to which the API appends its metrics every minute."""
        return self.path / "logs" / "api-metrics.jsonl"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the folder during the block; raises ToolError if another process has locked the folder."""
        with (self.path / "lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ToolError(
                    f"The product is already running: `make run` or `make api` uses {self.path}. Stop it, or "
                    "choose another folder: DATA_DIR=<folder>"
                ) from None
            yield

    def require_unlocked(self) -> None:
        """Raise ToolError if another process has locked the folder; a missing folder is not created."""
        if (self.path / "lock").exists():
            with self.locked():
                pass

    def environment(self, mongodb_uri: str) -> dict[str, str]:
        """Return environment variables that make the API and the pipeline use this folder and database."""
        return {
            **os.environ,
            # Programs must not write escape codes for colours into pipes and log files.
            **({} if sys.stdout.isatty() else {"NO_COLOR": "1"}),
            "DATA_DIR": str(self.path),
            "MONGODB_URI": mongodb_uri,
            "LAKE_URI": self.lake_uri,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "dags")]),
            "FLASK_APP": "webapp.wsgi:build",
        }
