"""TCP ports of the loopback interface: finds free ports, and reads ports from environment variables."""

import os
import socket

from tools import ToolError

LOOPBACK = "127.0.0.1"


def port_from_environment(variable: str, default: int) -> int:
    """Return the port in an environment variable, or the default.

    Raises ToolError if the value is not a port number, or if another program uses the port.
    """
    text = os.environ.get(variable) or str(default)
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise ToolError(f"{variable}={text!r} is not a port number; use a number from 1 to 65535.")
    port = int(text)
    if is_in_use(port):
        raise ToolError(
            f"Port {port} is in use by another program. Stop the program, or choose another port: "
            f"{variable}={free_port()}"
        )
    return port


def require_distinct(**ports: int) -> None:
    """Raise ToolError if two variables have the same port."""
    for variable, port in ports.items():
        others = [name for name, other in ports.items() if other == port and name != variable]
        if others:
            raise ToolError(f"{variable} and {others[0]} are both {port}; choose two different ports.")


def is_in_use(port: int) -> bool:
    """Return whether a program listens on this port of the loopback interface."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return True
    return False


def free_port() -> int:
    """Return a port that no program uses at the moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
