"""`python -m bench.peers.sender JOB` (in JSON): repeats a request on several connections.

A connection sends its next request when the response to the previous request is complete. With a `rate`, each
request has a due time, and its latency is measured from this time. So the latency includes the time that a
request waits for a slow response to an earlier request. The program prints the figures in JSON.
"""

import asyncio
import json
import re
import sys
import time
from typing import Any

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
# A placeholder in the request, which is replaced with a different number in each request.
NUMBER = b"{number:012}"


class Client(asyncio.Protocol):
    """A connection that sends requests one after the other."""

    def __init__(self, job: dict[str, Any], number: int, figures: "Figures") -> None:
        self._request = job["request"].encode()
        self._period = job["connections"] / job["rate"] if job.get("rate") else 0.0
        self._end = figures.start + job["seconds"]
        self._due = figures.start + self._period * number / job["connections"]
        self._number = number * 10**9
        self._figures = figures
        self._received = b""
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request on the new connection."""
        self._transport: Any = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        """When a response is complete, count it and send the next request."""
        self._received += data
        head = self._received.find(b"\r\n\r\n")
        if head < 0:
            return
        length = LENGTH.search(self._received, 0, head + 2)
        if len(self._received) < head + 4 + (int(length[1]) if length else 0):
            return
        self._figures.count(time.perf_counter() - self._due, self._received)
        self._received = b""
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        """Mark this connection as ended; count a failure if the server closed the connection too early."""
        if not self.ended.done():
            self._figures.failed += 1
            self.ended.set_result(None)

    def _next(self) -> None:
        now = time.perf_counter()
        self._due = self._due + self._period if self._period and self._sent else max(now, self._due)
        if self._due >= self._end:
            self.ended.set_result(None)
            self._transport.close()
        elif self._due > now:
            asyncio.get_running_loop().call_later(self._due - now, self._send)
        else:
            self._send()

    _sent = False

    def _send(self) -> None:
        self._sent = True
        self._number += 1
        self._transport.write(self._request.replace(NUMBER, b"%012d" % self._number))


class Figures:
    """The latencies of all responses in seconds, and the number of responses with an error status."""

    def __init__(self) -> None:
        self.start = time.perf_counter()
        self.latencies: list[float] = []
        self.failed = 0

    def count(self, latency: float, response: bytes) -> None:
        """Count one response."""
        self.latencies.append(latency)
        if response[9:10] != b"2":
            self.failed += 1

    def as_json(self) -> str:
        """Return the figures as JSON, with latencies in milliseconds."""
        found = sorted(self.latencies)
        at = [found[min(len(found) - 1, int(len(found) * share))] * 1000 for share in (0.5, 0.99)]
        seconds = time.perf_counter() - self.start
        return json.dumps(
            {"requests": len(found), "failed": self.failed, "seconds": seconds, "p50": at[0], "p99": at[1]}
        )


async def send(job: dict[str, Any]) -> Figures:
    """Send requests for the time in the job; returns the figures."""
    figures, loop = Figures(), asyncio.get_running_loop()
    clients = [Client(job, number, figures) for number in range(job["connections"])]
    for client in clients:
        await loop.create_connection(lambda client=client: client, "127.0.0.1", job["port"])  # type: ignore[misc]
    await asyncio.gather(*(client.ended for client in clients))
    return figures


def main() -> None:
    """Send the requests of the job, and print the figures."""
    # Only the virtualenv of the peers has uvloop.
    import uvloop

    sys.stdout.write(uvloop.run(send(json.loads(sys.argv[1]))).as_json())


if __name__ == "__main__":
    main()
