"""The product with Airflow for drills, and a listener for the metrics that Airflow emits."""

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from tools.data_folder import DataFolder
from tools.drill.product import DrillFailed, Product, running_product, wait_for
from tools.services import airflow, postgres
from tools.supervision.ports import LOOPBACK, free_port
from tools.supervision.processes import Service, stop_services
from tools.supervision.supervisor import Part

START_SECONDS = 240.0
RUN_SECONDS = 240.0
DAG = "todo_hourly_insights"
HOUR = timedelta(hours=1)
HOUR_FORMAT = "%Y-%m-%dT%H"
# The StatsD counter that MWAA sends to CloudWatch as SchedulerHeartbeat.
HEARTBEAT = "airflow.scheduler_heartbeat"
Json = dict[str, Any]


class StatsdListener:
    """Receives Airflow's StatsD metrics.

    `heartbeats` contains the time of each heartbeat of the scheduler, in seconds of `time.monotonic`.
    """

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((LOOPBACK, 0))
        self.port: int = self._socket.getsockname()[1]
        self.heartbeats: list[float] = []
        self._thread = threading.Thread(target=self._receive, daemon=True)
        self._thread.start()

    def beats_since(self, moment: float) -> int:
        """Return the number of heartbeats after `moment`, a value of `time.monotonic`."""
        return sum(each > moment for each in list(self.heartbeats))

    def close(self) -> None:
        """Stop receiving."""
        # On Linux, closing a socket does not end a call of recv in another thread; an empty packet does.
        self._socket.sendto(b"", (LOOPBACK, self.port))
        self._thread.join()
        self._socket.close()

    def _receive(self) -> None:
        while received := self._socket.recv(65536):
            for line in received.decode(errors="replace").splitlines():
                if line.startswith(f"{HEARTBEAT}:"):
                    self.heartbeats.append(time.monotonic())


@dataclass
class AirflowProduct:
    """A product with Airflow; `services` maps a component's command, such as "scheduler", to its process."""

    product: Product
    url: str
    statsd: StatsdListener
    services: dict[str, Service]
    _parts: Mapping[str, Part]
    _headers: Mapping[str, str] = field(repr=False)

    def restart(self, component: str) -> None:
        """Start a component again, as `make run` does with a part that has ended."""
        self.services[component].stop()
        self.services[component] = self._parts[component].launch()

    def problem(self, component: str) -> str | None:
        """Return the problem of a component according to Airflow's health report, or None."""
        return self._parts[component].problem()

    def trigger(self, hour: datetime) -> str:
        """Start a run of the hourly DAG for one hour; returns the id of the run."""
        conf = {"from_hour": f"{hour:{HOUR_FORMAT}}", "to_hour": f"{hour + HOUR:{HOUR_FORMAT}}"}
        run_id: str = self.send("POST", f"/dags/{DAG}/dagRuns", {"logical_date": None, "conf": conf})[
            "dag_run_id"
        ]
        return run_id

    def run_state(self, run_id: str) -> str:
        """Return the state of a run."""
        return str(self.send("GET", f"/dags/{DAG}/dagRuns/{run_id}")["state"])

    def task(self, run_id: str, task_id: str) -> Json:
        """Return a task of a run, as Airflow's REST API describes it."""
        found: Json = self.send("GET", f"/dags/{DAG}/dagRuns/{run_id}/taskInstances/{task_id}")
        return found

    def clear(self, run_id: str, task_id: str) -> None:
        """Clear a task with its downstream tasks: Airflow kills running tasks, and runs all of them again."""
        order = {
            "dag_run_id": run_id,
            "task_ids": [task_id],
            "include_downstream": True,
            "only_failed": False,
            "reset_dag_runs": True,
            "dry_run": False,
        }
        self.send("POST", f"/dags/{DAG}/clearTaskInstances", order)

    def wait_for_success(self, run_id: str) -> float:
        """Wait until a run has succeeded, and return the seconds; raises DrillFailed after RUN_SECONDS."""
        started = time.monotonic()
        wait_for(
            lambda: self.run_state(run_id) == "success", f"the run {run_id} did not succeed", RUN_SECONDS, 1.0
        )
        return time.monotonic() - started

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request to Airflow's REST API, and return the JSON of the response."""
        url = f"{self.url}/api/v2{path}"
        answer = requests.request(method, url, json=body, headers=self._headers, timeout=30)
        answer.raise_for_status()
        return answer.json()


@contextmanager
def running_airflow(folder: DataFolder) -> Iterator[AirflowProduct]:
    """Start the product with Airflow on PostgreSQL, and stop all parts after the block.

    Airflow schedules no run before the next full hour, so the drills trigger runs themselves.
    """
    with ExitStack() as stack:
        _, product = stack.enter_context(running_product(folder))
        statsd = StatsdListener()
        stack.callback(statsd.close)
        environment = {
            **product.environment,
            "SETTLE_SECONDS": "0",
            "AIRFLOW__METRICS__STATSD_ON": "True",
            "AIRFLOW__METRICS__STATSD_HOST": LOOPBACK,
            "AIRFLOW__METRICS__STATSD_PORT": str(statsd.port),
        }
        metadata = None
        if postgres.can_run():
            stack.callback(postgres.start(folder, port := free_port()).stop)
            metadata = postgres.uri(folder, port)
        start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        options = airflow.Options(free_port(), start.isoformat(), metadata)
        migration = airflow.prepare(folder, environment, options)
        stack.callback(migration.stop)
        wait_for(
            lambda: migration.process.poll() is not None,
            "the command that creates the tables of Airflow has not ended",
            START_SECONDS,
        )
        if migration.process.returncode:
            raise DrillFailed(f"the tables of Airflow could not be created.\n{migration.log_tail()}")
        commands = [command for _, command, _ in airflow.COMPONENTS]
        parts = dict(zip(commands, airflow.parts(folder, environment, options), strict=True))
        services = {name: part.launch() for name, part in parts.items()}
        stack.callback(lambda: stop_services(list(services.values())))
        services["api-server"].wait_until(
            lambda: not any(part.problem() for part in parts.values()), START_SECONDS
        )
        airflow.create_pools(folder, options.port)
        url = f"http://localhost:{options.port}"
        headers = airflow.sign_in(folder, options.port)
        opened = AirflowProduct(product, url, statsd, services, parts, headers)
        wait_for(lambda: _has_dag(opened), f"Airflow has not loaded {DAG}", START_SECONDS)
        yield opened


def _has_dag(opened: AirflowProduct) -> bool:
    return any(each["dag_id"] == DAG for each in opened.send("GET", "/dags?limit=100")["dags"])
