"""gunicorn's settings: few processes, some threads each, and no request that outlives an e-mail claim."""

import os
import sys
from pathlib import Path
from typing import Any

from webapp.__main__ import workers as workers_of
from webapp.core.environment import SettingsError, whole_number
from webapp.core.logs import gunicorn_logging, line_formatter
from webapp.core.settings import Settings
from webapp.metrics.prometheus import delete_values
from webapp.tracing import is_requested

try:
    # Each worker reads them again; unusable ones are refused here, once and before anything listens.
    Settings.from_environment(os.environ)
    line_formatter()
    is_requested(os.environ)
    port = whole_number(os.environ, "PORT", 8000, highest=65535)
    workers = workers_of(os.environ)
except SettingsError as error:
    sys.exit(str(error))

wsgi_app = "webapp.wsgi:build()"
bind = f"{os.environ.get('HOST', '127.0.0.1')}:{port}"
worker_class = "webapp.server.worker.Worker"
threads = 8
# The maximum time of a request to arrive, of a request to run, and of a worker to hang before it is killed.
# Claims on e-mail addresses expire after 60 s, so this must be well below.
timeout = 30
graceful_timeout = 20
# Longer than load balancers keep idle connections (60 s): a server that closes first may lose a request.
keepalive = 75
logconfig_dict = gunicorn_logging()
# Only the supervisor controls these processes, by signals.
control_socket_disable = True


def on_starting(server: Any) -> None:
    """Prepare the folder of the metrics for Prometheus, before any worker starts."""
    if folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        delete_values(Path(folder))
