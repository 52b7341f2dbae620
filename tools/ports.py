"""Ports: a taken one is an error that names the port and the variable to change."""

import os
import socket

from tools.errors import ToolError

LOOPBACK = "127.0.0.1"


def chosen_port(variable: str, default: int) -> int:
    """Return the port that the environment variable names, or the default; raises ToolError if unusable."""
    text = os.environ.get(variable) or str(default)
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise ToolError(f"{variable}={text!r} is not a port; use a number from 1 to 65535.")
    port = int(text)
    if is_taken(port):
        raise ToolError(
            f"Port {port} is taken by another program. Stop that one, or choose another port: "
            f"{variable}={free_port()}"
        )
    return port


def require_distinct(**ports: int) -> None:
    """Raise ToolError when two variables name the same port."""
    for variable, port in ports.items():
        others = [name for name, other in ports.items() if other == port and name != variable]
        if others:
            raise ToolError(f"{variable} and {others[0]} are both {port}; give each a port of its own.")


def is_taken(port: int) -> bool:
    """Tell whether somebody listens on the port of the loopback interface."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return True
    return False


def free_port() -> int:
    """Return a port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
