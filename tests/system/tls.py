"""TLS for tests: a certificate authority, and a proxy that adds TLS to a server without TLS."""

import select
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tools.ports import LOOPBACK

# No client or server on this machine waits that long between two packets.
TIMEOUT_SECONDS = 10


class Authority:
    """A certificate authority; clients that trust `pem` accept the certificates that it issues."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP384R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self.pem = self._sign(self._name, self._key, x509.BasicConstraints(ca=True, path_length=0))

    def server(self, folder: Path) -> ssl.SSLContext:
        """Return a TLS context for a server on the loopback address; `folder` stores its certificate."""
        key = ec.generate_private_key(ec.SECP384R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "database")])
        address = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address(LOOPBACK))])
        path = folder / "server.pem"
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.write_bytes(private + self._sign(name, key, address))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _sign(self, name: x509.Name, key: ec.EllipticCurvePrivateKey, extension: x509.ExtensionType) -> bytes:
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder(self._name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(extension, critical=False)
            .sign(self._key, hashes.SHA384())
        )
        return certificate.public_bytes(Encoding.PEM)


@contextmanager
def tls_proxy(port: int, context: ssl.SSLContext) -> Iterator[int]:
    """Forward TLS connections to a port without TLS until the block ends; yield the proxy's port."""
    stopped = threading.Event()

    class Forward(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.settimeout(TIMEOUT_SECONDS)
            with (
                # A client closes the connection if it does not use TLS, or if it does not trust the
                # authority.
                suppress(OSError),
                context.wrap_socket(self.request, server_side=True) as client,
                socket.create_connection((LOOPBACK, port), timeout=TIMEOUT_SECONDS) as backend,
            ):
                _forward(client, backend, stopped)

    with socketserver.ThreadingTCPServer((LOOPBACK, 0), Forward) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            stopped.set()
            server.shutdown()
            thread.join()


def _forward(client: ssl.SSLSocket, backend: socket.socket, stopped: threading.Event) -> None:
    """Forward data in both directions until one side closes the connection or the proxy stops."""
    other: dict[socket.socket, socket.socket] = {client: backend, backend: client}
    while not stopped.is_set():
        # select does not report data that the TLS layer has already received and decrypted.
        readable = [client] if client.pending() else select.select(list(other), [], [], 0.05)[0]
        for each in readable:
            data = each.recv(65536)
            if not data:
                return
            other[each].sendall(data)
