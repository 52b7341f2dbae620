"""TLS for tests: an authority of one's own, and a way to a server that speaks none."""

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

# Nobody on this machine is silent for so long.
SECONDS = 10


class Authority:
    """Signs one certificate, for the loopback address; `pem` is what its clients trust."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP384R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self.pem = self._sign(self._name, self._key, x509.BasicConstraints(ca=True, path_length=0))

    def server(self, folder: Path) -> ssl.SSLContext:
        """A context for a server that this authority vouches for; its files lie in the folder."""
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
def tls_in_front_of(port: int, context: ssl.SSLContext) -> Iterator[int]:
    """Forward TLS connections to the port in plain text until the block ends; gives the port to use."""
    over = threading.Event()

    class Forward(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.settimeout(SECONDS)
            with (
                # Clients that trust somebody else, or speak no TLS, are gone before they have said anything.
                suppress(OSError),
                context.wrap_socket(self.request, server_side=True) as outer,
                socket.create_connection((LOOPBACK, port), timeout=SECONDS) as inner,
            ):
                _pass_on(outer, inner, over)

    with socketserver.ThreadingTCPServer((LOOPBACK, 0), Forward) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            over.set()
            server.shutdown()
            thread.join()


def _pass_on(outer: ssl.SSLSocket, inner: socket.socket, over: threading.Event) -> None:
    """Pass on what arrives on either side until one of them, or all, is over."""
    other: dict[socket.socket, socket.socket] = {outer: inner, inner: outer}
    while not over.is_set():
        # What TLS has decrypted already does not arrive again.
        arrived = [outer] if outer.pending() else select.select(list(other), [], [], 0.05)[0]
        for each in arrived:
            data = each.recv(65536)
            if not data:
                return
            other[each].sendall(data)
