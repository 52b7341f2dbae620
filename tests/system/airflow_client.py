"""Airflow as its users reach it: the REST API of a running Airflow."""

import time
from dataclasses import dataclass
from typing import Any

import requests

DAG = "todo_hourly_insights"
FINISHED = {"success", "failed"}


@dataclass(frozen=True)
class AirflowClient:
    """Signed in to the Airflow on this port."""

    url: str
    token: str

    @classmethod
    def sign_in(cls, port: int, user: str, password: str) -> "AirflowClient":
        url = f"http://127.0.0.1:{port}"
        proof = {"username": user, "password": password}
        answer = requests.post(f"{url}/auth/token", json=proof, timeout=30)
        answer.raise_for_status()
        return cls(url, answer.json()["access_token"])

    def runs(self) -> dict[str, str]:
        """State of every run of the DAG by its run id."""
        found = self._send("GET", f"/dags/{DAG}/dagRuns?limit=100")["dag_runs"]
        return {run["dag_run_id"]: run["state"] for run in found}

    def wait_for_runs(self, number: int, seconds: float) -> None:
        """Wait until `number` runs have finished; fail unless all succeeded."""
        deadline = time.monotonic() + seconds
        while len(states := self.runs()) < number or not set(states.values()) <= FINISHED:
            assert time.monotonic() < deadline, f"still waiting: {states}"
            time.sleep(1)
        assert set(states.values()) == {"success"}, states

    def backfill(self, first: str, last: str, seconds: float) -> None:
        """Backfill every hour from `first` to `last`, run or not, as the dialogue of the UI does; wait."""
        order = {
            "dag_id": DAG,
            "from_date": first,
            "to_date": last,
            "reprocess_behavior": "completed",
            "max_active_runs": 4,
        }
        number = self._send("POST", "/backfills", order)["id"]
        deadline = time.monotonic() + seconds
        while self._send("GET", f"/backfills/{number}")["completed_at"] is None:
            assert time.monotonic() < deadline, f"still waiting: {self.runs()}"
            time.sleep(1)

    def _send(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = requests.request(method, f"{self.url}/api/v2{path}", json=body, headers=headers, timeout=30)
        assert answer.ok, answer.text
        return answer.json()
