"""The difficult clients of a soak: slow requests, large bodies, bursts of logins, and checks of `/health`."""

import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress

import requests

from bench.soak.recorder import AttemptOutcome, Recorder
from tools.supervision.ports import LOOPBACK
from webapp.core.sizes import MAX_BODY_BYTES

SLOW_CLIENTS = 20
BYTE_SECONDS = 2.0
# The time in seconds in which each slow client must get a response. It is longer than the time that the
# server waits for a complete request.
SLOW_SECONDS = 60.0
LARGE_BODY_SECONDS = 1.0
# The number of logins in a burst, as if many devices of one user reconnected at the same moment.
LOGINS = 24
BURST_SECONDS = 30.0
HEALTH_SECONDS = 0.25
MAX_HEALTH_SECONDS = 1.0

HEALTH = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
LOGIN = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
LARGE = LOGIN + b"Content-Length: %d\r\n\r\n" % (2 * MAX_BODY_BYTES) + bytes(2 * MAX_BODY_BYTES)

Client = Callable[[int, Recorder, threading.Event], None]


def check_health(port: int, recorder: Recorder, stopped: threading.Event) -> None:
    """Request `/health` several times per second; a response after more than a second is a finding."""
    while not stopped.wait(HEALTH_SECONDS):
        started = recorder.now()
        status = _status(port, HEALTH)
        seconds = recorder.now() - started
        outcome = AttemptOutcome.ANSWERED if status == b"200" else AttemptOutcome.WRONG
        recorder.add("GET /health", outcome, started)
        if status != b"200" or seconds > MAX_HEALTH_SECONDS:
            recorder.add_finding(
                f"/health answered {status!r} in {seconds:.1f} s, {started:.0f} s after the start;"
                f" expected 200 within {MAX_HEALTH_SECONDS:g} s"
            )


def send_slowly(port: int, recorder: Recorder, stopped: threading.Event) -> None:
    """Keep requests open by sending a byte from time to time, until the server ends them with 408."""
    while not stopped.is_set():
        with ExitStack() as stack:
            connect = [(LOOPBACK, port)] * SLOW_CLIENTS
            clients = [
                stack.enter_context(socket.create_connection(address, timeout=5)) for address in connect
            ]
            for number, client in enumerate(clients):
                client.sendall(HEALTH[:-4] if number % 2 else LOGIN + b"Content-Length: 1000\r\n\r\n")
            end = time.monotonic() + SLOW_SECONDS
            while clients and time.monotonic() < end and not stopped.wait(BYTE_SECONDS):
                clients = [client for client in clients if not _is_ended(client, recorder)]
            if clients and not stopped.is_set():
                recorder.add_finding(f"{len(clients)} slow requests still open after {SLOW_SECONDS:.0f} s")


def send_large_bodies(port: int, recorder: Recorder, stopped: threading.Event) -> None:
    """Send bodies that are too large; every response other than 413 is a finding."""
    while not stopped.wait(LARGE_BODY_SECONDS):
        started = recorder.now()
        status = _status(port, LARGE)
        recorder.add("large body", AttemptOutcome.ANSWERED if status else AttemptOutcome.RESET, started)
        if status != b"413":
            recorder.add_finding(f"a body of {len(LARGE)} bytes was answered with {status!r}, expected 413")


def log_in_in_bursts(port: int, recorder: Recorder, stopped: threading.Event) -> None:
    """Log in from many clients at once; each response must have status 200, or 503 with `Retry-After`."""
    url = f"http://{LOOPBACK}:{port}/api/v1"
    account = {"email": "burst@example.com", "password": "correct horse battery"}
    while not stopped.wait(1):
        if requests.post(f"{url}/users", json={**account, "name": "Burst"}, timeout=10).status_code == 201:
            break
    with ThreadPoolExecutor(LOGINS) as pool:
        while not stopped.wait(BURST_SECONDS):
            for response in pool.map(lambda _: _log_in(url, account, recorder), range(LOGINS)):
                if response.status_code != 200 and not (
                    response.status_code == 503 and response.headers.get("Retry-After")
                ):
                    recorder.add_finding(
                        f"a correct login was answered with {response.status_code}, "
                        "expected 200, or 503 with Retry-After"
                    )


DIFFICULT_CLIENTS: tuple[Client, ...] = (check_health, send_slowly, send_large_bodies, log_in_in_bursts)


def _log_in(url: str, account: dict[str, str], recorder: Recorder) -> requests.Response:
    started = recorder.now()
    response = requests.post(f"{url}/auth/login", json=account, timeout=10)
    answered = response.status_code == 200
    outcome = AttemptOutcome.ANSWERED if answered else AttemptOutcome.UNAVAILABLE
    recorder.add("login in a burst", outcome, started)
    return response


def _is_ended(client: socket.socket, recorder: Recorder) -> bool:
    """Return whether the server has answered a slow request; if not, send one more byte."""
    client.setblocking(False)
    try:
        received = client.recv(4096)
    except BlockingIOError:
        with suppress(OSError):
            client.send(b"a")
        return False
    if not received.startswith(b"HTTP/1.1 408 "):
        recorder.add_finding(f"a slow request was answered with {received[:40]!r}, expected 408")
    return True


def _status(port: int, request: bytes) -> bytes:
    """Send a request; returns the status code of the response, or an empty text if there is no response."""
    with suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=10) as connection:
        connection.sendall(request)
        return connection.recv(4096)[9:12]
    return b""
