"""`python -m bench.peers.apps.fixed_time PORT`: responds to each request after a fixed CPU time.

The server does nothing else, so the spread of its latencies comes from the machine and the client.
"""

import asyncio
import sys
import time

SECONDS = 0.0006
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


class Connection(asyncio.Protocol):
    """A connection on which a client sends requests one after the other, each in one segment."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport for the responses."""
        self._transport: asyncio.WriteTransport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Use the CPU for `SECONDS`, and respond."""
        end = time.perf_counter() + SECONDS
        while time.perf_counter() < end:
            pass
        self._transport.write(RESPONSE)


async def serve(port: int) -> None:
    """Serve until the process is stopped."""
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    # Only the virtualenv of the peers has uvloop.
    import uvloop

    uvloop.run(serve(int(sys.argv[1])))
