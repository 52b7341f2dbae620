"""While gunicorn replaces or stops its processes, clients get a response to every request."""

import re
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection, HTTPException, RemoteDisconnected
from pathlib import Path

import psutil
import pytest

from bench.serving import MeasuredProduct, running_product
from tests.serving import Api
from tools.data_folder import DataFolder
from tools.supervision.ports import LOOPBACK
from tools.supervision.processes import marked_processes

REQUEST = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n"
ANSWERED = "answered"
# After this outcome, a client may send the request again (RFC 9112, section 9.3.1).
CLOSED_WHILE_IDLE = "closed before a byte of the response, after earlier responses"
# The seconds between the requests of a client that keeps its connection open.
PAUSES = (0.0, 0.02, 0.3, 0.7)


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MeasuredProduct]:
    """A product for these tests only; the last test of this file stops the API."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WEB_CONCURRENCY", "2")
        patch.setenv("GUNICORN_CMD_ARGS", "--graceful-timeout 5")
        with running_product(DataFolder(tmp_path_factory.mktemp("product"))) as opened:
            yield opened


def load(port: int, keeps_alive: bool, pause: float, ended: threading.Event) -> Counter[str]:
    """Send requests until `ended` is set; returns how often each outcome of a request occurred."""
    outcomes: Counter[str] = Counter()
    earlier_responses = False
    with closing(HTTPConnection(LOOPBACK, port, timeout=30)) as connection:
        while not ended.wait(pause):
            try:
                connection.request("GET", "/health")
                with connection.getresponse() as response:
                    response.read()
                outcome = ANSWERED if response.status == 200 else str(response.status)
            except RemoteDisconnected as error:
                outcome = CLOSED_WHILE_IDLE if earlier_responses else repr(error)
            except (OSError, HTTPException) as error:
                outcome = repr(error)
            outcomes[outcome] += 1
            if not keeps_alive or outcome != ANSWERED:
                connection.close()
            # http.client also closes the connection after a response with `Connection: close`.
            earlier_responses = connection.sock is not None
    return outcomes


@contextmanager
def clients(port: int) -> Iterator[Counter[str]]:
    """Send requests from eight clients until the block ends; then the yielded counter has the outcomes."""
    outcomes: Counter[str] = Counter()
    ended = threading.Event()
    with ThreadPoolExecutor(2 * len(PAUSES)) as pool:
        kept = [pool.submit(load, port, True, pause, ended) for pause in PAUSES]
        new = [pool.submit(load, port, False, 0.01, ended) for _ in PAUSES]
        try:
            yield outcomes
        finally:
            ended.set()
        for each in (*kept, *new):
            outcomes.update(each.result())


def main_process(product: MeasuredProduct) -> psutil.Process:
    """Return gunicorn's main process; an earlier test may have replaced `product.web.process`."""
    processes = marked_processes(product.web.mark)
    return next(each for each in processes if each.parent() not in processes)


def replace_workers(product: MeasuredProduct) -> None:
    old = set(product.workers())
    product.web.process.send_signal(signal.SIGHUP)
    product.web.wait_until(lambda: len(set(product.workers()) - old) == 2, seconds=20)
    psutil.wait_procs(old, timeout=20)


def replace_main_process(product: MeasuredProduct) -> None:
    workers = set(product.workers())
    product.web.process.send_signal(signal.SIGUSR2)
    product.web.wait_until(
        lambda: any(len(each.children()) == 2 for each in set(product.workers()) - workers), seconds=20
    )
    product.web.process.send_signal(signal.SIGTERM)
    assert product.web.process.wait(timeout=20) == 0


def test_replacing_the_processes_loses_no_request(product: MeasuredProduct) -> None:
    with clients(product.port) as outcomes:
        for replace in (replace_workers, replace_workers, replace_main_process):
            replace(product)
            assert Api(product.url).send("GET", "/health").status_code == 200
            time.sleep(0.3)
    assert set(outcomes) <= {ANSWERED, CLOSED_WHILE_IDLE}, outcomes
    assert outcomes[ANSWERED] > 100


def read_all(client: socket.socket) -> bytes:
    return b"".join(iter(lambda: client.recv(65536), b""))


def is_pending(number: signal.Signals, process: psutil.Process) -> bool:
    """Return whether a suspended process will handle this signal when it is resumed (ShdPnd in proc(5))."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    mask = status.partition("ShdPnd:")[2].split()[0]
    return bool(int(mask, 16) >> (number - 1) & 1)


def test_stopping_server_answers_the_clients_that_have_connected(product: MeasuredProduct) -> None:
    server = main_process(product)
    workers = server.children()
    with ExitStack() as stack:

        def connect(sent: bytes) -> socket.socket:
            client = stack.enter_context(socket.create_connection((LOOPBACK, product.port), timeout=30))
            client.sendall(sent)
            return client

        idle, silent = connect(REQUEST), connect(b"")
        half, stalled = connect(REQUEST[:20]), connect(REQUEST[:20])
        assert b"200 OK" in idle.recv(65536)
        for worker in workers:
            worker.suspend()
        while any(each.status() != psutil.STATUS_STOPPED for each in workers):
            time.sleep(0.01)
        queued = [connect(REQUEST) for _ in range(20)]
        pipelined = connect(REQUEST * 2)
        server.terminate()
        # The server sends SIGTERM to its workers, which handle the signal as soon as they are resumed.
        while not all(is_pending(signal.SIGTERM, each) for each in workers):
            time.sleep(0.01)
        for worker in workers:
            worker.resume()
        time.sleep(0.2)
        half.sendall(REQUEST[20:])
        silent.sendall(REQUEST)

        for client in (*queued, half, silent):
            response = read_all(client)
            assert re.match(rb"HTTP/1\.1 200 OK\r\n(.+\r\n)*Connection: close\r\n", response), response
        assert re.findall(rb"HTTP/1\.1 (\d+)|\r\nConnection: (\w+)", read_all(pipelined)) == [
            *((b"200", b""), (b"200", b""), (b"", b"close"))
        ]
        assert read_all(idle) == b""
        assert read_all(stalled).startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    _, running = psutil.wait_procs(workers, timeout=20)
    assert not running
    assert not re.search("Traceback|ERROR|SIGKILL", product.web.log.read_text())
