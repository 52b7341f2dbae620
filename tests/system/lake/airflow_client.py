"""Airflow as its users reach it: the REST API of a running Airflow, which is also what its UI talks to."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests

DAG = "todo_hourly_insights"
COMPACTION, MAINTENANCE = "todo_daily_compaction", "todo_lake_maintenance"
SLICE = "process_slice"
FINISHED = {"success", "failed"}


@dataclass(frozen=True)
class AirflowClient:
    """Signed in to the Airflow at this address."""

    url: str
    token: str

    @classmethod
    def sign_in(cls, port: int, user: str, password: str) -> "AirflowClient":
        # The name by which the UI knows itself.
        url = f"http://localhost:{port}"
        proof = {"username": user, "password": password}
        answer = requests.post(f"{url}/auth/token", json=proof, timeout=30)
        answer.raise_for_status()
        return cls(url, answer.json()["access_token"])

    def runs(self, dag_id: str = DAG) -> dict[str, str]:
        """State of every run of a DAG by its run id."""
        found = self._send("GET", f"/dags/{dag_id}/dagRuns?limit=100")["dag_runs"]
        return {run["dag_run_id"]: run["state"] for run in found}

    def wait_for_runs(self, number: int, seconds: float) -> None:
        """Wait until `number` runs have finished; fail unless all succeeded."""
        self.wait_until(lambda: len(self.runs()) >= number and self.is_idle(), seconds)
        assert set(self.runs().values()) == {"success"}, self.runs()

    def is_idle(self) -> bool:
        """Tell whether every run has finished."""
        return set(self.runs().values()) <= FINISHED

    def run_now(self, dag_id: str, seconds: float) -> None:
        """Have a DAG run, as the button of the UI does; fail unless this run and all before succeed."""
        self._send("POST", f"/dags/{dag_id}/dagRuns", {"logical_date": None})
        self.wait_until(lambda: set(self.runs(dag_id).values()) <= FINISHED, seconds)
        assert set(self.runs(dag_id).values()) == {"success"}, self.runs(dag_id)

    def run_of(self, hour: datetime) -> str:
        """The id of the run that owns the hour from this moment on."""
        found = self._send(
            "GET", f"/dags/{DAG}/dagRuns?logical_date_gte={hour:%Y-%m-%dT%H:%M:%SZ}&order_by=logical_date"
        )
        run_id: str = found["dag_runs"][0]["dag_run_id"]
        return run_id

    def has_running_tasks(self) -> bool:
        found = self._send("GET", f"/dags/{DAG}/dagRuns/~/taskInstances?state=running&limit=1")
        return bool(found["task_instances"])

    def backfills_are_done(self) -> bool:
        """Tell whether there was a backfill, and all of them have come to their end."""
        found = self._send("GET", f"/backfills?dag_id={DAG}")["backfills"]
        return bool(found) and all(each["completed_at"] is not None for each in found)

    def clear(self, run_id: str) -> None:
        """Have the slice of a run processed again, and all that follows it, as the button of the UI does."""
        order = {
            "dag_run_id": run_id,
            "task_ids": [SLICE],
            "include_downstream": True,
            "only_failed": False,
            "reset_dag_runs": True,
            "dry_run": False,
        }
        cleared = self._send("POST", f"/dags/{DAG}/clearTaskInstances", order)
        assert cleared["total_entries"] > 1, cleared

    def state(self, run_id: str) -> str | None:
        """The state of the slice of a run."""
        state: str | None = self._slice_of(run_id)["state"]
        return state

    def tries(self, run_id: str) -> int:
        """How often the slice of a run was tried in all."""
        number: int = self._slice_of(run_id)["try_number"]
        return number

    def _slice_of(self, run_id: str) -> Any:
        return self._send("GET", f"/dags/{DAG}/dagRuns/{run_id}/taskInstances/{SLICE}/0")

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not ready():
            assert time.monotonic() < deadline, f"still waiting: {self.runs()}"
            time.sleep(1)

    def _send(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = requests.request(method, f"{self.url}/api/v2{path}", json=body, headers=headers, timeout=30)
        assert answer.ok, answer.text
        return answer.json()
