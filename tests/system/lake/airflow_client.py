"""A client for the REST API of a running Airflow; Airflow's UI uses the same API."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests

HOURLY = "todo_hourly_insights"
COMPACTION, MAINTENANCE = "todo_daily_compaction", "todo_lake_maintenance"
SLICE = "process_slice"
FINAL_STATES = {"success", "failed"}


@dataclass(frozen=True)
class AirflowClient:
    """A client with an access token for the Airflow at this URL."""

    url: str
    token: str

    @classmethod
    def sign_in(cls, port: int, user: str, password: str) -> "AirflowClient":
        # The host name must be the same as in the base URL in Airflow's configuration.
        url = f"http://localhost:{port}"
        credentials = {"username": user, "password": password}
        answer = requests.post(f"{url}/auth/token", json=credentials, timeout=30)
        answer.raise_for_status()
        return cls(url, answer.json()["access_token"])

    def runs(self, dag_id: str = HOURLY) -> dict[str, str]:
        """Return the state of every run of a DAG, by run id."""
        found = self._send("GET", f"/dags/{dag_id}/dagRuns?limit=100")["dag_runs"]
        return {run["dag_run_id"]: run["state"] for run in found}

    def wait_for_runs(self, number: int, seconds: float) -> None:
        """Wait until this number of runs has finished; fail if one of them did not succeed."""
        self.wait_until(lambda: len(self.runs()) >= number and self.is_idle(), seconds)
        assert set(self.runs().values()) == {"success"}, self.runs()

    def is_idle(self) -> bool:
        """Return whether every run has finished."""
        return set(self.runs().values()) <= FINAL_STATES

    def run_now(self, dag_id: str, seconds: float) -> None:
        """Trigger a DAG, and wait; fail if this run or an earlier run does not succeed."""
        self._send("POST", f"/dags/{dag_id}/dagRuns", {"logical_date": None})
        self.wait_until(lambda: set(self.runs(dag_id).values()) <= FINAL_STATES, seconds)
        assert set(self.runs(dag_id).values()) == {"success"}, self.runs(dag_id)

    def run_of(self, hour: datetime) -> str:
        """Return the id of the run that processes the hour with this start."""
        found = self._send(
            "GET", f"/dags/{HOURLY}/dagRuns?logical_date_gte={hour:%Y-%m-%dT%H:%M:%SZ}&order_by=logical_date"
        )
        run_id: str = found["dag_runs"][0]["dag_run_id"]
        return run_id

    def has_running_tasks(self) -> bool:
        found = self._send("GET", f"/dags/{HOURLY}/dagRuns/~/taskInstances?state=running&limit=1")
        return bool(found["task_instances"])

    def backfills_are_done(self) -> bool:
        """Return whether at least one backfill exists and all backfills have finished."""
        found = self._send("GET", f"/backfills?dag_id={HOURLY}")["backfills"]
        return bool(found) and all(each["completed_at"] is not None for each in found)

    def clear(self, run_id: str) -> None:
        """Clear the slice task of a run and all downstream tasks, so that Airflow runs them again."""
        order = {
            "dag_run_id": run_id,
            "task_ids": [SLICE],
            "include_downstream": True,
            "only_failed": False,
            "reset_dag_runs": True,
            "dry_run": False,
        }
        cleared = self._send("POST", f"/dags/{HOURLY}/clearTaskInstances", order)
        assert cleared["total_entries"] > 1, cleared

    def state(self, run_id: str) -> str | None:
        """Return the state of the slice task of a run."""
        state: str | None = self._slice_of(run_id)["state"]
        return state

    def tries(self, run_id: str) -> int:
        """Return how often Airflow has tried the slice task of a run."""
        number: int = self._slice_of(run_id)["try_number"]
        return number

    def _slice_of(self, run_id: str) -> Any:
        return self._send("GET", f"/dags/{HOURLY}/dagRuns/{run_id}/taskInstances/{SLICE}/0")

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not ready():
            assert time.monotonic() < deadline, f"not ready after {seconds} s; runs: {self.runs()}"
            time.sleep(1)

    def _send(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = requests.request(method, f"{self.url}/api/v2{path}", json=body, headers=headers, timeout=30)
        assert answer.ok, answer.text
        return answer.json()
