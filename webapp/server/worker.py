"""A worker process of gunicorn, in which waitress serves the requests; gunicorn monitors and replaces it."""

import gc
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
from webapp.server.channel import LINGER_SECONDS, Channel
from webapp.server.parser import MAX_BYTES_OF_CHUNKED_BODY

logger = logging.getLogger(__name__)

# Larger request bodies are stored in temporary files, so that the bodies of 1000 slow clients take at most 64
# MiB of memory.
MAX_BYTES_IN_MEMORY = 64 * 1024
# The size of the buffer for output, in bytes: smaller responses are sent by one system call.
SEND_BYTES = 18_000
CHECK_SECONDS = 0.5
# The thresholds of the garbage collector while requests are served: the defaults of CPython.
COLLECT_AT = (700, 10, 10)


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
        _exempt_from_collection()
        application = services(self.wsgi)
        metrics = MetricsPublisher(application.get(MetricsRecorder), application.settings)
        if lines := request_lines():
            lines.write_in_background()
        hangs = False
        while self.alive and not hangs and self.ppid == os.getppid():
            self._serve_for(CHECK_SECONDS)
            metrics.tick()
            hangs = any([channel.end_overdue(self.cfg.timeout) for channel in self._channels()])
        if hangs:
            # All threads of this worker may be busy, so the connections in the queue are left to the next
            # worker.
            logger.error("a request ran for longer than %d s; this worker is replaced", self.cfg.timeout)
        else:
            self._accept_queue()
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
            # While a request runs, the main thread already waits for the next request of the connection, so
            # the thread that runs the request need not wake the main thread.
            channel_request_lookahead=1,
            ident=None,
            log_socket_errors=False,
            # webapp/http/proxies.py handles the proxy headers; the setting TRUSTED_PROXIES controls it.
            clear_untrusted_proxy_headers=False,
            asyncore_use_poll=True,
        )
        server.channel_class = Channel
        # The channels end their connections as soon as the signal to stop arrives.
        server.is_stopping = lambda: not self.alive
        return server

    def _serve_for(self, seconds: float) -> None:
        self.notify()
        end = time.monotonic() + seconds
        while self.alive and (left := end - time.monotonic()) > 0:
            wasyncore.loop(left, use_poll=True, map=self.connections, count=1)

    def _channels(self) -> list[Channel]:
        return list(self.server.active_channels.values())

    def _accept_queue(self) -> None:
        """Accept the connections that wait in the queue of the listening socket.

        If the worker did not accept these connections, they would be reset when the last worker of a stopping
        server closes the socket.
        """
        accepted = -1
        while accepted < len(self.server.active_channels) < self.cfg.worker_connections:
            accepted = len(self.server.active_channels)
            self.server.handle_accept()

    def _finish(self) -> None:
        """Answer the requests of the open connections, and close the connections.

        A request that arrives or runs for longer than the graceful timeout allows gets status 408 or 504.
        """
        self.alive = False
        # The method of the base class is called, because the server's own `close` would also close the pipe
        # that wakes the main thread.
        wasyncore.dispatcher.close(self.server)
        # gunicorn kills a worker when the graceful timeout has passed since its signal, and the signal may
        # have arrived up to CHECK_SECONDS ago.
        end = time.monotonic() + self.cfg.graceful_timeout - 2 * CHECK_SECONDS
        self._close_channels(end - LINGER_SECONDS, self.cfg.timeout)
        self._close_channels(end, 0)

    def _close_channels(self, end: float, timeout: float) -> None:
        while self.server.active_channels and time.monotonic() < end:
            self.notify()
            wasyncore.loop(CHECK_SECONDS, use_poll=True, map=self.connections, count=1)
            for channel in self._channels():
                channel.end_overdue(timeout)
                channel.end_idle()


def _exempt_from_collection() -> None:
    """Exempt the modules and the application from garbage collection, which would stop all requests.

    These objects live as long as the process, and a collection that checks all of them takes 60 ms.
    """
    gc.freeze()
    gc.set_threshold(*COLLECT_AT)
