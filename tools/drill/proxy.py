"""A TCP proxy that can delay the responses of a server and add TLS, and a certificate authority."""

import select
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tools.supervision.ports import LOOPBACK

# The timeout in seconds of a connection: no client or server on this machine waits so long between two
# packets.
TIMEOUT_SECONDS = 10
DAY = timedelta(days=1)


class Authority:
    """A certificate authority; clients that trust `pem` accept the certificates that it issues."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP384R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        constraints = x509.BasicConstraints(ca=True, path_length=0)
        self.pem = self._sign(self._name, self._key, constraints, datetime.now(UTC) + DAY)

    def server(self, folder: Path, valid_for: timedelta = DAY) -> ssl.SSLContext:
        """Return a TLS context for a server on the loopback address; the certificate is stored in `folder`.

        With a negative `valid_for`, the certificate expired that long ago.
        """
        key = ec.generate_private_key(ec.SECP384R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "database")])
        address = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address(LOOPBACK))])
        path = folder / "server.pem"
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.write_bytes(private + self._sign(name, key, address, datetime.now(UTC) + valid_for))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _sign(
        self, name: x509.Name, key: ec.EllipticCurvePrivateKey, extension: x509.ExtensionType, end: datetime
    ) -> bytes:
        certificate = (
            x509.CertificateBuilder(self._name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(min(end, datetime.now(UTC)) - timedelta(hours=1))
            .not_valid_after(end)
            .add_extension(extension, critical=False)
            .sign(self._key, hashes.SHA384())
        )
        return certificate.public_bytes(Encoding.PEM)


class Proxy:
    """Forwards connections to a port; `delay` in seconds is added to each response of the server."""

    def __init__(self, target_port: int, context: ssl.SSLContext | None) -> None:
        self.port = 0
        self.delay = 0.0
        self._target_port = target_port
        self._context = context
        self._closed = threading.Event()

    def replace_certificate(self, context: ssl.SSLContext) -> None:
        """Close all connections, and use this TLS context for new connections, as a restarted server does."""
        self._context = context
        self.close_connections()
        self._closed = threading.Event()

    def close_connections(self) -> None:
        """Close all connections."""
        self._closed.set()

    def forward(self, connection: socket.socket) -> None:
        """Forward one connection until one side or the proxy closes it."""
        closed = self._closed
        connection.settimeout(TIMEOUT_SECONDS)
        # A client closes the connection if it does not use TLS, or if it does not trust the certificate.
        with suppress(OSError), ExitStack() as stack:
            if self._context is not None:
                connection = stack.enter_context(self._context.wrap_socket(connection, server_side=True))
            address = (LOOPBACK, self._target_port)
            server = stack.enter_context(socket.create_connection(address, timeout=TIMEOUT_SECONDS))
            other: dict[socket.socket, socket.socket] = {connection: server, server: connection}
            while not closed.is_set():
                for each in self._readable(connection, server):
                    data = each.recv(65536)
                    if not data:
                        return
                    time.sleep(self.delay if each is server else 0)
                    other[each].sendall(data)

    def _readable(self, client: socket.socket, server: socket.socket) -> list[socket.socket]:
        # select does not report data that the TLS layer has already received and decrypted.
        if isinstance(client, ssl.SSLSocket) and client.pending():
            return [client]
        return select.select([client, server], [], [], 0.05)[0]


@contextmanager
def proxy_to(port: int, context: ssl.SSLContext | None = None) -> Iterator[Proxy]:
    """Run a proxy in front of a port of this machine until the block ends; uses TLS if `context` is given."""
    proxy = Proxy(port, context)

    class Forward(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            proxy.forward(self.request)

    with socketserver.ThreadingTCPServer((LOOPBACK, 0), Forward) as server:
        proxy.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield proxy
        finally:
            proxy.close_connections()
            server.shutdown()
            thread.join()
