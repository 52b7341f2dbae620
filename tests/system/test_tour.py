"""`make run` and the commands of the README's tour work; after that, scheduler and supervisor are killed."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import psutil
import pytest
import requests

from tools.data_folder import ROOT
from tools.supervision.ports import free_port

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(2400)]

TIMEOUT_SECONDS = 900
# `make` must not change the virtualenvs, because other tests use the same virtualenvs.
MAKE = ("make", "-o", ".venv/ready", "-o", ".venv-airflow/ready")


class Product(NamedTuple):
    """A running `make run`: its environment, and the lines that it printed until the product was ready."""

    process: subprocess.Popen[str]
    environment: dict[str, str]
    printed: list[str]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    ports = {name: str(free_port()) for name in ("PORT", "AIRFLOW_PORT", "MONGODB_PORT")}
    kept = {name: text for name, text in os.environ.items() if name not in ("MONGODB_URI", "LAKE_URI")}
    environment = {**kept, **ports, "DATA_DIR": str(tmp_path_factory.mktemp("tour") / "data")}
    with subprocess.Popen(
        [*MAKE, "run"],
        cwd=ROOT,
        env=environment | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        printed: list[str] = []
        for line in process.stdout or ():
            printed.append(line)
            if "Ctrl-C" in line:
                break
        yield Product(process, environment, printed)
        if process.poll() is None:
            supervisor(process).terminate()


def supervisor(process: subprocess.Popen[str]) -> psutil.Process:
    """Return the process of the supervisor, which `make` has started."""
    (child,) = psutil.Process(process.pid).children()
    return child


def tour() -> str:
    """Return the commands of the README's tour: lines after `$ ` with their continuation lines."""
    text = (ROOT / "README.md").read_text().split("## A tour")[1].split("\n## ")[0]
    lines = [line for block in re.findall(r"```\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
    commands: list[str] = []
    for line in lines:
        if line.startswith("$ "):
            commands.append(line[2:])
        elif commands and is_incomplete(commands[-1]):
            commands[-1] += f"\n{line}"
    return "\n".join(commands)


def is_incomplete(command: str) -> bool:
    return (
        command.endswith(("\\", "|"))
        or command.count('"') % 2 == 1
        or command.count("(") > command.count(")")
    )


def wait_until(ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(1)


def test_api_is_announced_before_airflow_starts(product: Product) -> None:
    order = [index for index, line in enumerate(product.printed) if re.search("API is ready|Airflow", line)]
    assert "The API is ready: http://localhost:" in product.printed[order[0]]
    assert len(order) > 1


def test_printed_sample_user_can_log_in(product: Product) -> None:
    (place,) = [place for place, line in enumerate(product.printed) if "sample user" in line]
    email, password = [line.split("│")[2].strip() for line in product.printed[place : place + 2]]
    url = f"http://localhost:{product.environment['PORT']}/api/v1/auth/login"
    assert requests.post(url, json={"email": email, "password": password}, timeout=30).status_code == 200


def test_output_for_a_pipe_has_no_escape_codes(product: Product) -> None:
    assert "\x1b" not in "".join(product.printed)


def test_every_command_of_the_tour_works(product: Product) -> None:
    make = f'make() {{ command {" ".join(MAKE)} "$@"; }}'
    script = tour().replace("localhost:8000", f"localhost:{product.environment['PORT']}")
    insights = 'curl -s $api/insights/me -H "Authorization: Bearer $token"'
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f"{make}\n{script}\n{insights}"],
        cwd=ROOT,
        env=product.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert script.count("make ") >= 6
    assert '"title":"Water the plants"' in done.stdout
    assert "6 hours, " in done.stdout
    assert '"missing_hours":0' in done.stdout
    assert "\x1b" not in done.stdout + done.stderr


def test_killed_scheduler_is_replaced_with_its_workers(product: Product) -> None:
    scheduler = next(
        each
        for each in supervisor(product.process).children(recursive=True)
        if each.cmdline()[-1:] == ["scheduler"]
    )
    orphans = scheduler.children(recursive=True)
    assert orphans
    scheduler.send_signal(signal.SIGKILL)
    assert any("Airflow's scheduler ended unexpectedly" in line for line in product.process.stdout or ())
    wait_until(lambda: not any(map(is_alive, orphans)))
    health = f"http://localhost:{product.environment['AIRFLOW_PORT']}/api/v2/monitor/health"
    wait_until(lambda: requests.get(health, timeout=30).json()["scheduler"]["status"] == "healthy")


def test_nothing_outlives_a_killed_supervisor(product: Product) -> None:
    started = supervisor(product.process).children(recursive=True)
    assert len(started) > 8
    supervisor(product.process).kill()
    wait_until(lambda: not any(map(is_alive, started)))


def is_alive(process: psutil.Process) -> bool:
    # Without an init process that reaps orphans, an ended process remains as a zombie.
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
