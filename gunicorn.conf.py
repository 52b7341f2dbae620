"""gunicorn's settings: few processes, some threads each, and no request that outlives an e-mail claim."""

import os

wsgi_app = "webapp.wsgi:build()"
bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = 8
# A worker that hangs is killed after this; claims on addresses are given up after 60 s, so stay well below.
timeout = 30
graceful_timeout = 20
keepalive = 5
limit_request_line = 8190
limit_request_field_size = 8190
# Nobody controls these processes but their supervisor.
control_socket_disable = True
