"""During slow requests, `/health` and cheap reads respond within one second; hanging requests are ended."""

import json
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

import psutil
import pytest
import requests

from bench.serving import MeasuredProduct, running_product
from tests.conftest import SECRET
from tests.serving import PASSWORD, Api, serving
from tools.data_folder import DataFolder
from tools.supervision.ports import LOOPBACK

SECONDS = 1.0
LOGIN = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
HEADS = {
    "head": b"GET /health HTTP/1.1\r\nHost: a",
    "body": LOGIN + b"Content-Length: 1000\r\n\r\n{",
    "chunks": LOGIN + b"Transfer-Encoding: chunked\r\n\r\n3e8\r\n{",
}


@contextmanager
def slow_clients(port: int, number: int, head: bytes) -> Iterator[list[socket.socket]]:
    """Open clients that send a part of a request at once, and then one byte every two seconds."""
    ended = threading.Event()
    with ExitStack() as stack:
        clients = [
            stack.enter_context(socket.create_connection((LOOPBACK, port), timeout=30)) for _ in range(number)
        ]
        for client in clients:
            client.sendall(head)

        def trickle() -> None:
            while not ended.wait(2):
                for client in clients:
                    client.send(b" ")

        thread = threading.Thread(target=trickle)
        thread.start()
        try:
            yield clients
        finally:
            ended.set()
            thread.join()


def slowest(api: Api, path: str, while_: Callable[[], bool]) -> float:
    """Send requests while `while_` returns true; return the longest response time in seconds."""
    longest = 0.0
    while while_():
        began = time.monotonic()
        assert api.send("GET", path).status_code == 200
        longest = max(longest, time.monotonic() - began)
        time.sleep(0.02)
    return longest


def read_all(client: socket.socket) -> bytes:
    return b"".join(iter(lambda: client.recv(65536), b""))


def for_seconds(seconds: float) -> Callable[[], bool]:
    end = time.monotonic() + seconds
    return lambda: time.monotonic() < end


def test_slow_clients_leave_the_threads_to_others(shared_api: Api) -> None:
    with ExitStack() as stack:
        for head in HEADS.values():
            stack.enter_context(slow_clients(shared_api.port, 200, head))
        assert slowest(shared_api, "/health", for_seconds(5)) < SECONDS


def test_reads_answer_while_large_bodies_arrive_slowly(shared_api: Api) -> None:
    _, ada = shared_api.sign_up("reads-during-uploads@example.com")
    ended = threading.Event()

    def upload() -> int:
        def body() -> Iterator[bytes]:
            for _ in range(100):
                yield b" " * 10_000
                ended.wait(0.03)
            yield b"{}"

        headers = {"Content-Type": "application/json"}
        url = shared_api.url + "/api/v1/auth/login"
        return requests.post(url, data=body(), headers=headers, timeout=60).status_code

    with ThreadPoolExecutor(24) as pool:
        uploads = [pool.submit(upload) for _ in range(24)]
        longest = slowest(ada, "/api/v1/tasks?limit=1", lambda: not all(each.done() for each in uploads))
    assert [each.result() for each in uploads] == [422] * 24
    assert longest < SECONDS


def test_health_answers_during_a_burst_of_logins(shared_api: Api) -> None:
    shared_api.sign_up("burst@example.com")
    body = {"email": "burst@example.com", "password": PASSWORD}
    with ThreadPoolExecutor(40) as pool:
        logins = [pool.submit(shared_api.send, "POST", "/api/v1/auth/login", body) for _ in range(40)]
        longest = slowest(shared_api, "/health", lambda: not all(each.done() for each in logins))
    answers = [each.result() for each in logins]
    assert {each.status_code for each in answers} <= {200, 503}
    assert all(int(each.headers["Retry-After"]) > 0 for each in answers if each.status_code == 503)
    assert longest < SECONDS


def test_request_that_does_not_arrive_in_time_is_ended(data_folder: DataFolder, mongodb_uri: str) -> None:
    settings = {"JWT_SECRET_KEY": SECRET, "GUNICORN_CMD_ARGS": "--timeout 3"}
    with (
        serving(data_folder, mongodb_uri, **settings) as api,
        slow_clients(api.port, 3, HEADS["head"]) as heads,
        slow_clients(api.port, 3, HEADS["body"]) as bodies,
    ):
        began = time.monotonic()
        for client in (*heads, *bodies):
            received = read_all(client)
            head, _, body = received.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
            assert b"Content-Type: application/problem+json" in head
            assert json.loads(body)["status"] == 408
        assert time.monotonic() - began < 10


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MeasuredProduct]:
    """A product for the tests below, which suspend the database or the worker; requests end after 3 seconds.

    The last test of this file stops the API.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GUNICORN_CMD_ARGS", "--timeout 3")
        patch.setenv("DATABASE_TIMEOUT_MS", "20000")
        patch.setenv("WEB_CONCURRENCY", "1")
        with running_product(DataFolder(tmp_path_factory.mktemp("product"))) as opened:
            yield opened


def wait_for_another_worker(product: MeasuredProduct, worker: psutil.Process) -> None:
    def replaced() -> bool:
        workers = product.workers()
        return bool(workers) and worker not in workers

    product.web.wait_until(replaced, seconds=30)


def test_worker_with_a_request_that_hangs_is_replaced(product: MeasuredProduct) -> None:
    _, ada = Api(product.url).sign_up("ada@example.com")
    (worker,) = product.workers()
    product.mongodb.process.send_signal(signal.SIGSTOP)
    try:
        answer = ada.send("POST", "/api/v1/tasks", {"title": "Never ends"})
    finally:
        product.mongodb.process.send_signal(signal.SIGCONT)

    assert (answer.status_code, answer.json()["title"]) == (504, "Gateway Timeout")
    assert "Idempotency-Key" in answer.json()["detail"]
    assert answer.elapsed.total_seconds() < 8
    wait_for_another_worker(product, worker)
    product.wait_until_ready()


def test_worker_that_hangs_is_killed_and_replaced(product: MeasuredProduct) -> None:
    (worker,) = product.workers()
    os.kill(worker.pid, signal.SIGSTOP)
    wait_for_another_worker(product, worker)
    product.wait_until_ready()
    assert Api(product.url).send("GET", "/health").status_code == 200


def test_stopping_worker_ends_the_requests_that_it_has(product: MeasuredProduct) -> None:
    _, ada = Api(product.url).sign_up("bob@example.com")
    logged = len(product.web.log.read_text())
    product.mongodb.process.send_signal(signal.SIGSTOP)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(ada.send, "POST", "/api/v1/tasks", {"title": "Just in time"})
        time.sleep(0.5)
        product.web.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        product.mongodb.process.send_signal(signal.SIGCONT)
        result: Any = answer.result()
    assert (result.status_code, result.headers["Connection"]) == (201, "close")
    assert product.web.process.wait(timeout=30) == 0
    assert not re.search("Traceback|ERROR", product.web.log.read_text()[logged:])
