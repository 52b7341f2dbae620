"""A worker process of gunicorn, in which waitress serves the requests; gunicorn monitors and replaces it."""

import logging
import os
import time
from typing import Any

from gunicorn.workers.base import Worker as BaseWorker
from waitress import create_server, wasyncore

from webapp.core.logs import request_lines
from webapp.core.sizes import MAX_HEAD_BYTES
from webapp.http.context import services
from webapp.metrics import MetricsPublisher, MetricsRecorder
from webapp.server.channel import Channel
from webapp.server.parser import MAX_BYTES_OF_CHUNKED_BODY

logger = logging.getLogger(__name__)

# Larger request bodies are stored in temporary files, so that the bodies of 1000 slow clients take at most 64
# MiB of memory.
MAX_BYTES_IN_MEMORY = 64 * 1024
# The size of the buffer for output, in bytes: smaller responses are sent by one system call.
SEND_BYTES = 18_000
CHECK_SECONDS = 0.5


class Worker(BaseWorker):  # type: ignore[misc]  # gunicorn ships no types
    """Reads all connections in the main thread, so that a slow client does not occupy a thread of the pool.

    `timeout` is the limit of three durations in seconds. A request that takes longer to arrive gets status
    408. A request that runs longer gets 504, and the worker is replaced, because a thread cannot be killed.
    If the main thread blocks for longer, gunicorn kills the worker.
    """

    alive: bool

    def run(self) -> None:
        """Serve requests until gunicorn stops this worker, or until the gunicorn process has ended."""
        self.connections: dict[int, Any] = {}
        self.server = self._server()
        application = services(self.wsgi)
        metrics = MetricsPublisher(application.get(MetricsRecorder), application.settings)
        if lines := request_lines():
            lines.write_in_background()
        while self.alive and self.ppid == os.getppid():
            self._serve_for(CHECK_SECONDS)
            metrics.tick()
            channels = list(self.server.active_channels.values())
            if any([channel.end_overdue(self.cfg.timeout) for channel in channels]):
                logger.error("a request ran for longer than %d s; this worker is replaced", self.cfg.timeout)
                self.alive = False
        self._finish()
        metrics.close()

    def _server(self) -> Any:
        logging.getLogger("waitress").setLevel(logging.ERROR)
        (listener,) = self.sockets
        server = create_server(
            self.wsgi,
            map=self.connections,
            sockets=[listener.sock],
            threads=self.cfg.threads,
            connection_limit=self.cfg.worker_connections,
            channel_timeout=self.cfg.keepalive,
            backlog=self.cfg.backlog,
            max_request_header_size=MAX_HEAD_BYTES,
            max_request_body_size=MAX_BYTES_OF_CHUNKED_BODY,
            inbuf_overflow=MAX_BYTES_IN_MEMORY,
            send_bytes=SEND_BYTES,
            cleanup_interval=1,
            # While a request runs, the main thread already waits for the next request, so it need not be
            # woken.
            channel_request_lookahead=1,
            ident=None,
            log_socket_errors=False,
            # webapp/http/proxies.py handles the proxy headers; the setting TRUSTED_PROXIES controls it.
            clear_untrusted_proxy_headers=False,
            asyncore_use_poll=True,
        )
        server.channel_class = Channel
        return server

    def _serve_for(self, seconds: float) -> None:
        self.notify()
        end = time.monotonic() + seconds
        while self.alive and (left := end - time.monotonic()) > 0:
            wasyncore.loop(left, use_poll=True, map=self.connections, count=1)

    def _finish(self) -> None:
        """Wait until the running requests end, and send their responses."""
        self.server.accepting = False
        end = time.monotonic() + self.cfg.graceful_timeout
        while time.monotonic() < end and any(
            channel.requests or channel.total_outbufs_len
            for channel in list(self.server.active_channels.values())
        ):
            self.notify()
            wasyncore.loop(CHECK_SECONDS, use_poll=True, map=self.connections, count=1)
