"""The bundle starts as on Elastic Beanstalk, with its own files and command, and with TLS to the database.

The embedded server does not support TLS, so the tests put a TLS proxy in front of it.
"""

import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import requests

from cloudformation.rotation import users
from tests.contracts.database_users.server import MASTER, users_server
from tests.serving import Api
from tests.system.beanstalk import DATABASE_SECRET, Instance, prepare_instance
from tools.drill.proxy import Authority, proxy_to
from tools.services.aws import aws_server
from tools.services.database import uri
from tools.supervision.ports import LOOPBACK, free_port, is_in_use
from tools.supervision.processes import Service

TRUSTED_AUTHORITY = Authority("Amazon RDS of this test")
OTHER_AUTHORITY = Authority("Another authority")
# One worker is enough for these tests, and starts faster.
ONE_WORKER = {"WEB_CONCURRENCY": "1"}


@dataclass(frozen=True)
class Web:
    """The running process `web`, which the Procfile defines."""

    service: Service
    api: Api

    @property
    def readiness(self) -> requests.Response:
        """Return the response to the path that the load balancer uses as health check."""
        return self.api.send("GET", "/health/ready")


Start = Callable[..., Web]


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    folder = tmp_path_factory.mktemp("instance")
    with aws_server(folder / "aws.log") as address:
        prepared = prepare_instance(folder, address)
        prepared.trust(TRUSTED_AUTHORITY.pem)
        yield prepared


@pytest.fixture
def start(instance: Instance, tmp_path: Path) -> Iterator[Start]:
    """Return a function that starts `web` with the database on a port, and waits until `web` listens."""
    with ExitStack() as stack:

        def starting(database_port: int, **others: str) -> Web:
            port = free_port()
            environment = instance.environment(port, database_port) | others
            service = Service.start("web", instance.command, environment, tmp_path / "web.stdout.log")
            stack.callback(service.stop)
            service.wait_until(lambda: is_in_use(port), seconds=60)
            return Web(service, Api(f"http://{LOOPBACK}:{port}"))

        yield starting


@pytest.fixture
def plain_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The port of a database without TLS; its only user is the one in the secret of the API."""
    with users_server(tmp_path / "database.log") as port:
        monkeypatch.setenv("DATABASE_URI", uri(port))
        monkeypatch.setenv("DATABASE_NAME", "todo")
        users.write_user(MASTER, DATABASE_SECRET)
        yield port


@pytest.fixture
def port(plain_port: int, tmp_path: Path) -> Iterator[int]:
    with proxy_to(plain_port, TRUSTED_AUTHORITY.server(tmp_path)) as proxy:
        yield proxy.port


def test_unpacked_bundle_is_ready_over_tls(port: int, start: Start) -> None:
    web = start(port)
    ready = web.readiness

    assert (ready.status_code, ready.json()["environment"]) == (200, "dev")
    # The log has no warning about the database or about Secrets Manager.
    assert "WARNING" not in web.service.log.read_text()


def test_unpacked_bundle_serves_requests(port: int, start: Start) -> None:
    # The environment is `embedded`, because the embedded server does not support the indexes of DocumentDB.
    web = start(port, TODO_ENVIRONMENT="embedded")
    _, ada = web.api.sign_up("ada@example.com")
    created = ada.send("POST", "/api/v1/tasks", {"title": "Deploy"})

    assert (created.status_code, created.json()["title"]) == (201, "Deploy")
    assert web.api.send("GET", "/docs").status_code == 200


def test_stopped_process_ends_cleanly(port: int, start: Start) -> None:
    web = start(port)
    children = psutil.Process(web.service.process.pid).children(recursive=True)
    assert web.readiness.status_code == 200

    web.service.process.send_signal(signal.SIGTERM)

    assert web.service.process.wait(timeout=60) == 0
    assert not any(process.is_running() for process in children)
    assert "Traceback" not in web.service.log.read_text()


def test_database_of_another_authority_is_refused(start: Start, plain_port: int, tmp_path: Path) -> None:
    with proxy_to(plain_port, OTHER_AUTHORITY.server(tmp_path)) as proxy:
        web = start(proxy.port, **ONE_WORKER)

        assert web.api.send("GET", "/health").status_code == 200
        assert web.readiness.status_code == 503


def test_database_without_tls_is_refused(start: Start, plain_port: int) -> None:
    assert start(plain_port, **ONE_WORKER).readiness.status_code == 503


def test_invalid_variable_is_one_sentence(instance: Instance) -> None:
    environment = {**instance.environment(free_port(), 1), "WEB_CONCURRENCY": "two"}
    ended = subprocess.run(instance.command, env=environment, capture_output=True, text=True, timeout=60)

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "WEB_CONCURRENCY must be a whole number from 1 to 512, not 'two'.\n"


def test_only_bundled_packages_can_be_imported(instance: Instance) -> None:
    names = ("webapp", "cloudformation", "tests", "tools", "todo_insights", "pytest", "moto")
    program = f"from importlib.util import find_spec; print([n for n in {names} if find_spec(n)])"
    completed = subprocess.run(
        [instance.programs / "python", "-c", program],
        env=instance.environment(0, 0),
        cwd=instance.current,
        capture_output=True,
        text=True,
        check=True,
    )

    assert completed.stdout == "['webapp']\n"
