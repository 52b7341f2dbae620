"""AWS, emulated by a moto server, which accepts any credentials."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.supervision.ports import LOOPBACK, free_port, is_in_use
from tools.supervision.processes import Service

REGION = "eu-central-1"
# Environment variables for the processes that use the server.
IDENTITY = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


@contextmanager
def aws_server(log: Path) -> Iterator[str]:
    """Run the server in a separate process until the block ends; yields its URL."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", LOOPBACK, "-p", port]
    service = Service.start("AWS", command, os.environ, log)
    try:
        service.wait_until(lambda: is_in_use(port), seconds=60)
        yield f"http://{LOOPBACK}:{port}"
    finally:
        service.stop()
