"""`python -m webapp [gunicorn options]` starts the server, in the directory of gunicorn.conf.py."""

import os
import sys
from collections.abc import Mapping

from webapp.core.environment import SettingsError, whole_number


def workers(environ: Mapping[str, str]) -> int:
    """Return the number of worker processes; raises SettingsError when WEB_CONCURRENCY is invalid."""
    return whole_number(environ, "WEB_CONCURRENCY", 2, highest=512)


def main() -> None:
    """Replace this process by gunicorn. WEB_CONCURRENCY is checked here, because gunicorn crashes on it."""
    try:
        workers(os.environ)
    except SettingsError as error:
        sys.exit(str(error))
    command = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", *sys.argv[1:]]
    os.execv(sys.executable, command)  # noqa: S606  # the list of arguments is ours


if __name__ == "__main__":
    main()
