"""Starts the API's server: `python -m webapp [options of gunicorn]`."""

import gc
import os
import runpy
import sys
from collections.abc import Mapping
from pathlib import Path

from webapp.core.environment import SettingsError, whole_number

CONFIGURATION = Path(__file__).resolve().parents[1] / "gunicorn.conf.py"
# The number of new objects after which the garbage collector runs. The modules and the application create
# fewer objects, so the collector does not run before the first request. `webapp.server.worker` sets the usual
# thresholds again.
OBJECTS_OF_A_START = 200_000


def workers(environ: Mapping[str, str]) -> int:
    """Return the number of worker processes; raises SettingsError when WEB_CONCURRENCY is invalid."""
    return whole_number(environ, "WEB_CONCURRENCY", 2, highest=512)


def main() -> None:
    """Check WEB_CONCURRENCY (an invalid value would crash gunicorn), then run gunicorn in this process."""
    try:
        workers(os.environ)
    except SettingsError as error:
        sys.exit(str(error))
    # The objects that modules create at import live as long as the process, so it is useless to check them.
    gc.set_threshold(OBJECTS_OF_A_START)
    # structlog imports rich if rich is installed, for tracebacks that this process never writes. The import
    # would take a tenth of the time of the start.
    sys.modules["rich"] = None  # type: ignore[assignment]  # then an import of rich fails
    sys.argv[1:1] = ["--config", str(CONFIGURATION)]
    runpy.run_module("gunicorn", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
