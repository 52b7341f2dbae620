"""Starts the API's server: `python -m webapp [options of gunicorn]`."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from webapp.core.environment import SettingsError, whole_number

CONFIGURATION = Path(__file__).resolve().parents[1] / "gunicorn.conf.py"


def workers(environ: Mapping[str, str]) -> int:
    """Return the number of worker processes; raises SettingsError when WEB_CONCURRENCY is invalid."""
    return whole_number(environ, "WEB_CONCURRENCY", 2, highest=512)


def main() -> None:
    """Check WEB_CONCURRENCY (an invalid value crashes gunicorn), then replace this process with gunicorn."""
    try:
        workers(os.environ)
    except SettingsError as error:
        sys.exit(str(error))
    command = [sys.executable, "-m", "gunicorn", "--config", str(CONFIGURATION), *sys.argv[1:]]
    os.execv(sys.executable, command)  # noqa: S606  # the operator chooses the arguments


if __name__ == "__main__":
    main()
