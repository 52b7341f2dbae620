"""TLS for tests: an authority of one's own, and a way to a server that speaks none."""

import asyncio
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
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    ends: list[asyncio.StreamWriter] = []

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await asyncio.open_connection(LOOPBACK, port)
        ends.extend((writer, outer))
        await asyncio.gather(_pump(reader, outer), _pump(inner, writer))

    async def listen() -> asyncio.Server:
        return await asyncio.start_server(forward, LOOPBACK, 0, ssl=context)

    async def close() -> None:
        server.close()
        for end in ends:
            end.transport.abort()
        await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})

    server = asyncio.run_coroutine_threadsafe(listen(), loop).result()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(close(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what arrives until either side is gone; then so is the other."""
    with suppress(ConnectionError, ssl.SSLError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
