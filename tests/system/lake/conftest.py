"""The whole product on one machine, once for all tests here: API, database, Airflow, and AWS's stand-in."""

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
from tests.system.lake import aws
from tests.system.lake.airflow_client import AirflowClient
from tests.system.lake.airflow_ui import AirflowUi
from tests.system.lake.aws import AwsStandIn
from tests.system.lake.faults import FaultyProxy
from tests.system.lake.moved_clock import set_clock
from tests.system.lake.people import People
from tests.system.lake.pipeline import LakeReader
from todo_insights.core.settings import Settings
from todo_insights.lake.stores import open_stores
from tools import airflow, api, database, postgres
from tools.places import BIN, ROOT, DataFolder
from tools.ports import free_port
from tools.processes import Service

HOUR = timedelta(hours=1)
# How many hours the backfill is asked for; `make backfill` asks for two days.
BACKFILL_HOURS = int(os.environ.get("BACKFILL_HOURS", "5"))
# Of these hours the third stays empty: it has to be published all the same.
HOURS, BUSY = 4, (0, 1, 3)
# Limits are for what hangs: a machine that is busy with other things takes several times as long.
PATIENCE = 600
# What waits for a retry would wait for half a minute, and more each time.
QUICK_RETRIES = {"AIRFLOW__CORE__MAX_TASK_RETRY_DELAY": "3"}


@dataclass(frozen=True)
class Product:
    """The running product; `first_hour` is the first that its scheduler owns."""

    folder: DataFolder
    people: People
    lake: LakeReader
    aws: AwsStandIn
    proxy: FaultyProxy
    airflow: AirflowClient
    airflow_service: Service
    first_hour: datetime

    @property
    def last_hour(self) -> datetime:
        return self.first_hour + (HOURS - 1) * HOUR

    @property
    def oldest_hour(self) -> datetime:
        """The first hour of the backfill: before the scheduler's own, which leaves it alone."""
        return self.last_hour - (BACKFILL_HOURS - 1) * HOUR

    def caller(self, port: int) -> psutil.Process:
        """The process of Airflow that holds this port."""
        for process in psutil.Process(self.airflow_service.process.pid).children(recursive=True):
            if any(each.laddr.port == port for each in process.net_connections("tcp")):
                return process
        raise AssertionError(f"no process of Airflow holds port {port}")


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    folder = DataFolder(tmp_path_factory.mktemp("product"))
    (folder.path / "logs").mkdir()
    with ExitStack() as stack:

        def until_the_end(service: Service) -> Service:
            stack.callback(service.stop)
            return service

        until_the_end(database.start(folder, mongodb_port := free_port()))
        env = folder.environment(database.uri(mongodb_port)) | NO_LIMITS
        stand_in = aws.start(folder, env)
        until_the_end(stand_in.service)
        proxy = stack.enter_context(FaultyProxy(stand_in.port).serving())
        env |= {"JWT_SECRET_KEY": SECRET, "CLOCK_FILE": str(folder.path / "clock"), "SETTLE_SECONDS": "0"}
        port = free_port()
        until_the_end(start_api(folder, env, port))
        people = People(Api(f"http://127.0.0.1:{port}"), folder.path / "clock")
        now = datetime.now(UTC)
        first_hour = now.replace(minute=0, second=0, microsecond=0) - HOURS * HOUR
        for number in BUSY:
            people.live_through(first_hour + number * HOUR)
        direct = env | stand_in.environment(stand_in.url)
        lake = LakeReader(open_stores(Settings.from_environment(direct), stand_in.identity()), direct)
        until_the_end(postgres.start(folder, metadata_port := free_port()))
        setup = airflow.Setup(free_port(), first_hour.isoformat(), postgres.uri(folder, metadata_port))
        through_proxy = env | stand_in.environment(proxy.url) | QUICK_RETRIES
        service = until_the_end(airflow.start(folder, through_proxy, setup))
        service.wait_until(lambda: airflow.is_ready(setup.port), PATIENCE)
        client = AirflowClient.sign_in(setup.port, airflow.USER, airflow.password(folder))
        yield Product(folder, people, lake, stand_in, proxy, client, service, first_hour)


@pytest.fixture
def settled(product: Product) -> Product:
    """The product when its scheduler has caught up."""
    product.airflow.wait_for_runs(HOURS, PATIENCE)
    return product


@pytest.fixture
def ui(settled: Product) -> Iterator[AirflowUi]:
    """Our DAG in a browser."""
    user, password = airflow.USER, airflow.password(settled.folder)
    with (
        chromium() as browser,
        AirflowUi.signed_in(browser, settled.airflow.url, user, password) as opened,
    ):
        yield opened


def start_api(folder: DataFolder, env: dict[str, str], port: int) -> Service:
    """Serve the API with a clock that can be moved."""
    set_clock(folder.path / "clock", datetime.now(UTC))
    command = [BIN / "gunicorn", "--config", ROOT / "gunicorn.conf.py", "--bind", f"127.0.0.1:{port}"]
    built = "tests.system.lake.moved_clock:build()"
    served = Service.start("The API", [*command, built], env, folder.log("api"))
    served.wait_until(lambda: api.is_ready(port), seconds=30)
    return served
