"""Checks the API at BASE_URL and prints a table; the exit status is 1 if a check fails.

The variable LAKE adds a check of the lake. With `local`, the check runs the pipeline for the current hour of
the data folder DATA_DIR, and queries the hour. With `athena://WORKGROUP/DATABASE`, the check waits until the
hourly pipeline on AWS has published the hour.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import requests
from rich.console import Console
from rich.table import Table

from tools import ToolError
from tools.smoke import api_checks, lake_checks
from tools.smoke.client import Client, Unexpected


@dataclass(frozen=True)
class Result:
    """The result of a check; `failure` is empty if the check passed."""

    name: str
    seconds: float
    detail: str
    failure: str = ""


def main() -> int:
    """Run all checks and print their results; returns the exit status."""
    console = Console()
    base_url = os.environ.get("BASE_URL", "").rstrip("/")
    if not base_url.startswith(("http://", "https://")):
        console.print("BASE_URL must be the address of the API, such as http://localhost:8000", markup=False)
        return 2
    try:
        lake = lake_checks.lake_of(os.environ.get("LAKE", ""))
    except ToolError as error:
        console.print(str(error), markup=False, soft_wrap=True)
        return 2
    results = list(_run(Client(base_url), lake))
    console.print(_table(base_url, results))
    failed = sum(bool(each.failure) for each in results)
    console.print(f"{len(results)} checks, {failed} failed")
    return 1 if failed else 0


def _run(client: Client, lake: lake_checks.Lake | None) -> Iterator[Result]:
    """Run all checks in order, even if a check fails; erase the user in any case."""
    user = api_checks.SmokeUser(client)
    checks = [*user.checks, *((("task in the lake", lambda: lake.find(user.task)),) if lake else ())]
    try:
        for name, check in checks:
            yield _result(name, check)
    finally:
        # The erasure is outside the loop, so that an interrupted run also erases its user.
        cleaned = _result("erase the user", user.erase)
    yield cleaned


def _result(name: str, check: Callable[[], str]) -> Result:
    started = time.monotonic()
    detail = failure = ""
    try:
        detail = check()
    except requests.RequestException as error:
        failure = f"{type(error).__name__}: is the API reachable?"
    except (Unexpected, ToolError) as error:
        failure = str(error)
    except (KeyError, TypeError, ValueError) as error:
        failure = f"a response does not have the documented form ({type(error).__name__}: {error})"
    return Result(name, time.monotonic() - started, detail, failure)


def _table(base_url: str, results: list[Result]) -> Table:
    table = Table(title=f"Smoke test of {base_url}", title_justify="left")
    for header in ("check", "result", "seconds", "detail"):
        table.add_column(header, justify="right" if header == "seconds" else "left", overflow="fold")
    for each in results:
        result = "[red]failed[/]" if each.failure else "[green]passed[/]"
        table.add_row(each.name, result, f"{each.seconds:.2f}", each.failure or each.detail)
    return table


if __name__ == "__main__":
    sys.exit(main())
