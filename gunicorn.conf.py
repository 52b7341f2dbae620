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
    # Each worker reads the settings again. They are checked here once, before the server accepts connections.
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
# The maximum time in seconds for a request to arrive and to run; a worker that hangs for this time is killed.
# ATTEMPT in webapp/auth/lockout.py assumes that no request takes longer.
timeout = 30
graceful_timeout = 20
# Idle connections are kept longer than by load balancers (60 s), because a server that closes a connection
# first may lose a request.
keepalive = 75
logconfig_dict = gunicorn_logging()
# The supervisor controls the processes by signals, so gunicorn's control socket is not needed.
control_socket_disable = True


def on_starting(server: Any) -> None:
    """Prepare the folder of the metrics for Prometheus, before any worker starts.

    After SIGUSR2, the workers of the previous main process still use the folder.
    """
    if (folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR")) and not server.master_pid:
        delete_values(Path(folder))


def pre_exec(server: Any) -> None:
    """After SIGUSR2, start the new main process with the command that started the present main process.

    gunicorn would run its `__main__.py` as a script. Python then finds gunicorn's package `http` before the
    package of the standard library, and the start fails.
    """
    server.START_CTX["args"] = [sys.executable, *sys.orig_argv[1:]]
