"""A stand-in for the database: it answers each command with BSON that was recorded before.

The stand-in does not decode documents, so its cost is small and equal for every measured API. It uses the
MongoDB wire protocol: OP_MSG, and OP_QUERY for the first message of a connection
(https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/). Run the stand-in with a file of
replies: `python -m bench.peers.canned PORT FILE`.
"""

import asyncio
import pickle
import struct
import sys
from dataclasses import dataclass, field
from pathlib import Path

HEADER = struct.Struct("<iiii")
OP_REPLY, OP_QUERY, OP_MSG = 1, 2004, 2013
# The position of the first document in OP_MSG: after the header, the flags (4 bytes) and the kind of the
# first section (1 byte).
BODY_START = HEADER.size + 4 + 1
# The two kinds of `find`: a list requests many documents, and `find_one` requests one document.
MANY, ONE = "many", "one"


@dataclass
class Replies:
    """Recorded replies by database, collection, command and, for `find`, the limit: ONE or MANY.

    `empty` is the reply to a `find` without a recorded reply, and `done` to any other command without one.
    """

    hello: bytes
    done: bytes
    found: dict[tuple[str, str, str, str], bytes] = field(default_factory=dict)
    empty: bytes = b""

    def reply_to(self, message: bytes) -> bytes:
        """Return the reply to an OP_MSG message; an unrecorded command succeeds without a result."""
        body = message[BODY_START:]
        end = body.index(b"\0", 5)
        command = body[5:end].decode()
        if command in ("hello", "ismaster", "isMaster"):
            return self.hello
        collection = body[end + 5 : body.index(b"\0", end + 5)].decode() if body[4] == 2 else ""
        start = body.index(b"\x02$db\0") + 9
        database = body[start : body.index(b"\0", start)].decode()
        kind = MANY if command == "find" and _limit(body) != 1 else ONE
        default = self.empty if command == "find" else self.done
        return self.found.get((database, collection, command, kind), default)


def _limit(body: bytes) -> int:
    for mark, size in ((b"\x10limit\0", 4), (b"\x12limit\0", 8)):
        at = body.find(mark)
        if at >= 0:
            return int.from_bytes(body[at + 7 : at + 7 + size], "little")
    return 0


class Connection(asyncio.Protocol):
    """A connection of a database driver."""

    def __init__(self, replies: Replies) -> None:
        self._replies = replies
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Store the transport of the connection."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each complete message in the received data."""
        self._received += data
        while len(self._received) >= HEADER.size:
            length, request_id, _, opcode = HEADER.unpack_from(self._received)
            if len(self._received) < length:
                return
            message, self._received = self._received[:length], self._received[length:]
            self._transport.write(self._answer(request_id, opcode, message))  # type: ignore[attr-defined]

    def _answer(self, request_id: int, opcode: int, message: bytes) -> bytes:
        if opcode == OP_QUERY:
            rest = struct.pack("<iqii", 8, 0, 0, 1) + self._replies.hello
            return HEADER.pack(HEADER.size + len(rest), 0, request_id, OP_REPLY) + rest
        rest = b"\0\0\0\0\0" + self._replies.reply_to(message)
        return HEADER.pack(HEADER.size + len(rest), 0, request_id, OP_MSG) + rest


async def serve(port: int, replies: Replies) -> None:
    """Serve until the process is killed."""
    server = await asyncio.get_running_loop().create_server(lambda: Connection(replies), "127.0.0.1", port)
    await server.serve_forever()


def main() -> None:
    """Serve the replies of a file, which `bench.peers.recording` wrote."""
    # Only the virtualenv of the peers has uvloop.
    import uvloop

    stored = pickle.loads(Path(sys.argv[2]).read_bytes())  # noqa: S301  # a file of this program
    uvloop.run(serve(int(sys.argv[1]), Replies(**stored)))


if __name__ == "__main__":
    main()
