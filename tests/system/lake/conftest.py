"""Fixtures: API, database, Airflow and emulated AWS on one machine, started once for each test file."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psutil
import pytest

from tests.chromium import chromium
from tests.conftest import SECRET
from tests.serving import NO_LIMITS, Api
from tests.system.lake import aws_stand_in
from tests.system.lake.airflow_client import AirflowClient
from tests.system.lake.airflow_ui import AirflowUi
from tests.system.lake.aws_stand_in import AwsServer
from tests.system.lake.faults import FaultyProxy
from tests.system.lake.moved_clock import set_clock
from tests.system.lake.pipeline import LakeReader
from tests.system.lake.simulated_users import SimulatedUsers
from todo_insights.catalog.stores import open_stores
from todo_insights.core.settings import Settings
from tools.data_folder import BIN, ROOT, DataFolder
from tools.services import airflow, api, database, postgres
from tools.supervision.ports import free_port
from tools.supervision.processes import Service

HOUR = timedelta(hours=1)
# The number of hours in the backfill; `make end-to-end` sets it to two days.
BACKFILL_HOURS = int(os.environ.get("BACKFILL_HOURS", "4"))
# The second of the three hours has no changes, but it must be published, too.
HOURS, BUSY = 3, (0, 2)
# Only a process that hangs reaches this timeout. On a busy machine, tests take several times as long as
# usual.
TIMEOUT_SECONDS = 600
AIRFLOW_SETTINGS = {
    # Retry after 3 s. By default, Airflow waits half a minute before the first retry, and then longer.
    "AIRFLOW__CORE__MAX_TASK_RETRY_DELAY": "3",
    # The DAG files do not change, so they are parsed once.
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "86400",
}


@dataclass(frozen=True)
class LocalSystem:
    """The running system; `first_hour` is the first hour that Airflow schedules."""

    folder: DataFolder
    users: SimulatedUsers
    lake: LakeReader
    aws: AwsServer
    proxy: FaultyProxy
    airflow: AirflowClient
    airflow_services: list[Service]
    first_hour: datetime

    @property
    def last_hour(self) -> datetime:
        return self.first_hour + (HOURS - 1) * HOUR

    @property
    def oldest_hour(self) -> datetime:
        """Return the first hour of the backfill, which is before the first scheduled hour."""
        return self.last_hour - (BACKFILL_HOURS - 1) * HOUR

    def caller(self, port: int) -> psutil.Process:
        """Return the Airflow process that opened a connection from this local port."""
        for process in [each for service in self.airflow_services for each in service.processes()]:
            if any(each.laddr.port == port for each in process.net_connections("tcp")):
                return process
        raise AssertionError(f"no process of Airflow uses port {port}")


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalSystem]:
    folder = DataFolder(tmp_path_factory.mktemp("product"))
    (folder.path / "logs").mkdir()
    with ExitStack() as stack:

        def stop_at_end(service: Service) -> Service:
            stack.callback(service.stop)
            return service

        stop_at_end(database.start(folder, mongodb_port := free_port()))
        env = folder.environment(database.uri(mongodb_port)) | NO_LIMITS
        aws_server = aws_stand_in.start(folder, env)
        stop_at_end(aws_server.service)
        proxy = stack.enter_context(FaultyProxy(aws_server.port).serving())
        env |= {"JWT_SECRET_KEY": SECRET, "CLOCK_FILE": str(folder.path / "clock"), "SETTLE_SECONDS": "0"}
        port = free_port()
        stop_at_end(start_api(folder, env, port))
        users = SimulatedUsers(Api(f"http://127.0.0.1:{port}"), folder.path / "clock")
        now = datetime.now(UTC)
        first_hour = now.replace(minute=0, second=0, microsecond=0) - HOURS * HOUR
        for number in BUSY:
            users.simulate_hour(first_hour + number * HOUR)
        direct = env | aws_server.environment(aws_server.url)
        lake = LakeReader(open_stores(Settings.from_environment(direct), aws_server.identity()), direct)
        stop_at_end(postgres.start(folder, metadata_port := free_port()))
        options = airflow.Options(free_port(), first_hour.isoformat(), postgres.uri(folder, metadata_port))
        through_proxy = env | aws_server.environment(proxy.url) | AIRFLOW_SETTINGS
        migration = airflow.prepare(folder, through_proxy, options)
        assert migration.process.wait(TIMEOUT_SECONDS) == 0, migration.log_tail()
        # No task is deferred, so no triggerer is needed.
        parts = [
            each for each in airflow.parts(folder, through_proxy, options) if "triggerer" not in each.name
        ]
        services = [stop_at_end(part.launch()) for part in parts]
        services[0].wait_until(lambda: not any(part.problem() for part in parts), TIMEOUT_SECONDS)
        airflow.create_pools(folder, options.port)
        client = AirflowClient.sign_in(options.port, airflow.USER, airflow.password(folder))
        yield LocalSystem(folder, users, lake, aws_server, proxy, client, services, first_hour)


@pytest.fixture
def settled(product: LocalSystem) -> LocalSystem:
    """The running system after Airflow has processed all scheduled hours."""
    product.airflow.wait_for_runs(HOURS, TIMEOUT_SECONDS)
    return product


@pytest.fixture
def ui(settled: LocalSystem) -> Iterator[AirflowUi]:
    """The page of the hourly DAG in a browser."""
    user, password = airflow.USER, airflow.password(settled.folder)
    with (
        chromium() as browser,
        AirflowUi.signed_in(browser, settled.airflow.url, user, password) as opened,
    ):
        yield opened


def start_api(folder: DataFolder, env: dict[str, str], port: int) -> Service:
    """Start the API with a clock that tests can set, and wait until the API is ready."""
    set_clock(folder.path / "clock", datetime.now(UTC))
    command = [BIN / "gunicorn", "--config", ROOT / "gunicorn.conf.py", "--bind", f"127.0.0.1:{port}"]
    built = "tests.system.lake.moved_clock:build()"
    served = Service.start("The API", [*command, built], env, folder.log("api"))
    served.wait_until(lambda: api.is_ready(port), seconds=30)
    return served
