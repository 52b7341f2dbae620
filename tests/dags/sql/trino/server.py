"""Downloads a Trino server from Maven Central, unpacks and configures it, and starts it on a free port."""

import json
import os
import shutil
import subprocess
import tarfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.supervision.ports import free_port

# The newest version whose complete server is on Maven Central. Athena engine version 3 follows the releases
# of Trino.
VERSION = "476"
ARCHIVE = (
    f"https://repo.maven.apache.org/maven2/io/trino/trino-server/{VERSION}/trino-server-{VERSION}.tar.gz"
)
HEAP = "3G"
START_SECONDS = 180
PLUGINS = ("hive", "geospatial")
_JVM = (
    "-XX:+UseG1GC",
    "-XX:ReservedCodeCacheSize=256M",
    "-Djdk.attach.allowAttachSelf=true",
    "-Dfile.encoding=UTF-8",
    "-Duser.timezone=UTC",
    "--add-modules=jdk.incubator.vector",
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
)
_CONFIG = """coordinator=true
node-scheduler.include-coordinator=true
http-server.http.port={port}
discovery.uri=http://localhost:{port}
node.id=recorder
node.environment=recorder
plugin.dir={plugins}
query.max-memory=1GB
sql.forced-session-time-zone=UTC
"""
_CATALOG = """connector.name=hive
hive.metastore=file
hive.metastore.catalog.dir=local:///metastore
fs.native-local.enabled=true
local.location={lake}
hive.parquet.time-zone=UTC
hive.non-managed-table-writes-enabled=true
hive.allow-register-partition-procedure=true
"""


@dataclass(frozen=True)
class Outcome:
    """Trino's answer: rows with the names and types of columns, or an error with its message and position."""

    columns: list[tuple[str, str]]
    rows: list[list[Any]]
    error: str | None = None
    message: str | None = None
    place: tuple[int, int] | None = None


@dataclass(frozen=True)
class Trino:
    """A running Trino server."""

    address: str
    schema: str

    def run(self, sql: str) -> Outcome:
        """Run one statement and return its complete outcome."""
        headers = {
            "X-Trino-User": "recorder",
            "X-Trino-Catalog": "awsdatacatalog",
            "X-Trino-Schema": self.schema,
            "X-Trino-Time-Zone": "UTC",
            "X-Trino-Client-Capabilities": "PARAMETRIC_DATETIME",
        }
        request = urllib.request.Request(f"{self.address}/v1/statement", sql.encode(), headers)
        columns: list[tuple[str, str]] = []
        rows: list[list[Any]] = []
        while True:
            with urllib.request.urlopen(request, timeout=60) as response:
                page = json.load(response)
            columns = [(each["name"], each["type"]) for each in page.get("columns") or ()] or columns
            rows += page.get("data") or []
            if error := page.get("error"):
                place = error.get("errorLocation")
                where = (place["lineNumber"], place["columnNumber"]) if place else None
                return Outcome([], [], error["errorName"], error["message"], where)
            if "nextUri" not in page:
                return Outcome(columns, rows)
            request = urllib.request.Request(page["nextUri"], headers=headers)


@contextmanager
def trino(lake: Path, schema: str, home: Path) -> Iterator[Trino]:
    """Start Trino on the files of a lake, and stop Trino at the end; `home` keeps the downloaded archive."""
    server, port = _unpacked(home), free_port()
    with (home / "server.log").open("wb") as log:
        process = subprocess.Popen(
            _command(server, _configured(home, server, lake, port)), stdout=log, stderr=log, cwd=home
        )
    try:
        yield _ready(Trino(f"http://localhost:{port}", schema), process, home / "server.log")
    finally:
        process.terminate()
        process.wait(30)


def _unpacked(home: Path) -> Path:
    server = home / f"trino-server-{VERSION}"
    if not (server / "unpacked").exists():
        home.mkdir(parents=True, exist_ok=True)
        archive = home / "trino.tar.gz"
        with urllib.request.urlopen(ARCHIVE, timeout=60) as response, archive.open("wb") as file:
            shutil.copyfileobj(response, file)
        with tarfile.open(archive) as tar:
            tar.extractall(home, filter="data")
        archive.unlink()
        (server / "unpacked").touch()
    return server


def _configured(home: Path, server: Path, lake: Path, port: int) -> Path:
    settings, plugins = home / "etc", home / "plugins"
    shutil.rmtree(settings, ignore_errors=True)
    (settings / "catalog").mkdir(parents=True)
    plugins.mkdir(exist_ok=True)
    for name in PLUGINS:
        if not (plugins / name).exists():
            (plugins / name).symlink_to(server / "plugin" / name)
    (settings / "config.properties").write_text(_CONFIG.format(port=port, plugins=plugins))
    (settings / "log.properties").write_text("io.trino=WARN\n")
    (settings / "catalog" / "awsdatacatalog.properties").write_text(_CATALOG.format(lake=lake))
    return settings


def _command(server: Path, settings: Path) -> list[str]:
    return [
        "nice",
        _java(),
        f"-Xmx{HEAP}",
        *_JVM,
        f"-Dnode.data-dir={settings.parent / 'data'}",
        f"-Dconfig={settings / 'config.properties'}",
        f"-Dlog.levels-file={settings / 'log.properties'}",
        "-cp",
        f"{server / 'lib'}/*",
        "io.trino.server.TrinoServer",
    ]


def _java() -> str:
    """Return the path of Java 24 or newer: the Java in JAVA_HOME, or else the newest version installed."""
    if home := os.environ.get("JAVA_HOME"):
        return f"{home}/bin/java"
    found = sorted(Path("/usr/lib/jvm").glob("*-2[4-9]-*/bin/java"))
    return str(found[-1]) if found else "java"


def _ready(server: Trino, process: "subprocess.Popen[bytes]", log: Path) -> Trino:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"Trino stopped; its log is {log}")
        try:
            if server.run("SELECT 1").error is None:
                return server
        except OSError:
            pass
        time.sleep(1)
    raise RuntimeError(f"Trino did not answer within {START_SECONDS} seconds; its log is {log}")
