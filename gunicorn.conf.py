"""gunicorn's settings: few processes, some threads each, and no request that outlives an e-mail claim."""

import os
import sys

from webapp.__main__ import workers as workers_of
from webapp.core.environment import SettingsError, whole_number
from webapp.core.settings import Settings

try:
    # Each worker reads them again; unusable ones are refused here, once and before anything listens.
    Settings.from_environment(os.environ)
    port = whole_number(os.environ, "PORT", 8000, highest=65535)
    workers = workers_of(os.environ)
except SettingsError as error:
    sys.exit(str(error))

wsgi_app = "webapp.wsgi:build()"
bind = f"{os.environ.get('HOST', '127.0.0.1')}:{port}"
worker_class = "webapp.gunicorn_worker.Worker"
threads = 8
# A worker that hangs is killed after this; claims on addresses are given up after 60 s, so stay well below.
timeout = 30
graceful_timeout = 20
keepalive = 5
limit_request_line = 8190
limit_request_fields = 100
limit_request_field_size = 8190
# Whose word counts on addresses and TLS is told by TRUSTED_PROXIES alone (webapp/http/proxies.py).
forwarded_allow_ips = ""
# Nobody controls these processes but their supervisor.
control_socket_disable = True
