"""Runs the product on one machine: starts its parts in order, and prints their addresses."""

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from rich.console import Console
from rich.table import Table

from tools import first_run
from tools.data_folder import DataFolder
from tools.services import airflow, api, database, postgres
from tools.supervision.ports import free_port, port_from_environment, require_distinct
from tools.supervision.supervisor import Limits, Supervisor

API_PORT, DATABASE_PORT, AIRFLOW_PORT = 8000, 27017, 8080


def run_all(folder: DataFolder, console: Console) -> int:
    """Run database, API and Airflow until Ctrl-C; the first run in a folder creates sample activity.

    Returns the exit status 0. Raises ToolError if the product is running already, if a port is in use, or if
    a part repeatedly fails.
    """
    folder.require_unlocked()
    api_port = port_from_environment("PORT", API_PORT)
    airflow_port = port_from_environment("AIRFLOW_PORT", AIRFLOW_PORT)
    require_distinct(PORT=api_port, AIRFLOW_PORT=airflow_port, MONGODB_PORT=_database_port(DATABASE_PORT))
    create_folder(folder, console)
    with _supervised(folder, console) as supervisor:
        pages = {"AIRFLOW_URL": f"http://localhost:{airflow_port}"}
        if reports := _reports_folder(folder):
            pages["REPORTS_FOLDER"] = str(reports)
        uri = _start_api(folder, supervisor, console, api_port, DATABASE_PORT, pages)
        env = folder.environment(uri)
        state = first_run.load_or_create(folder)
        # The sample activity is complete before Airflow starts, because Airflow's maintenance DAGs must not
        # run on an incomplete lake.
        first_run.create_sample_data(folder, env, console)
        metadata = _start_airflow_database(folder, supervisor, console)
        options = airflow.Options(airflow_port, state.airflow_start_date, metadata)
        supervisor.complete(airflow.prepare(folder, env, options))
        supervisor.start(*airflow.parts(folder, env, options))
        supervisor.wait_until_healthy()
        airflow.create_pools(folder, airflow_port)
        console.print(_summary(folder, uri, api_port, airflow_port))
        supervisor.watch()
    return 0


def run_api(folder: DataFolder, console: Console) -> int:
    """Run database and API until Ctrl-C; returns and raises the same as `run_all`."""
    folder.require_unlocked()
    api_port = port_from_environment("PORT", API_PORT)
    require_distinct(PORT=api_port, MONGODB_PORT=_database_port(None))
    create_folder(folder, console)
    with _supervised(folder, console) as supervisor:
        uri = _start_api(folder, supervisor, console, api_port, None, {})
        console.print(_summary(folder, uri, api_port, airflow_port=None))
        supervisor.watch()
    return 0


def create_folder(folder: DataFolder, console: Console) -> None:
    """Create the data folder if it does not exist; print its path if it was created."""
    if folder.create():
        console.print(f"New data is stored in {folder.path}", highlight=False, soft_wrap=True)


@contextmanager
def _supervised(folder: DataFolder, console: Console) -> Iterator[Supervisor]:
    """Lock the folder, yield a supervisor, and at the end stop all its parts, even after an error."""
    supervisor = Supervisor(console, Limits.from_environment())
    with folder.locked():
        folder.record_start(datetime.now(UTC))
        try:
            yield supervisor
        except KeyboardInterrupt:
            pass
        finally:
            # Stopping takes some seconds, and a second Ctrl-C must not interrupt the stop.
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            # Printing fails if the terminal was closed, or if the program that reads the output has
            # ended.
            with suppress(OSError):
                console.print("\nStopping")
            supervisor.stop()
            folder.database_port_file.unlink(missing_ok=True)
            with suppress(OSError):
                console.print("Stopped. All acknowledged changes are stored.")


def _start_api(
    folder: DataFolder,
    supervisor: Supervisor,
    console: Console,
    port: int,
    default_database_port: int | None,
    pages: Mapping[str, str],
) -> str:
    """Start the database and the API, print the API's address, and return the database URI.

    `pages` contains settings of the API: the addresses to which its start page links. If MONGODB_URI is not
    set, this function starts the embedded server; other commands read its port from a file.
    """
    uri = os.environ.get("MONGODB_URI")
    if not uri:
        database_port = _database_port(default_database_port)
        supervisor.start(database.part(folder, database_port))
        supervisor.wait_until_healthy()
        folder.database_port_file.write_text(str(database_port))
        uri = database.uri(database_port)
    env = {**pages, **folder.environment(uri)}
    supervisor.start(api.part(folder, env, port, supervisor.limits.response))
    supervisor.wait_until_healthy()
    console.print(f"The API is ready: http://localhost:{port}/docs", highlight=False)
    return uri


def _database_port(default: int | None) -> int:
    """Return the port of the embedded server: MONGODB_PORT, or the default, or any free port."""
    if os.environ.get("MONGODB_URI") or (default is None and not os.environ.get("MONGODB_PORT")):
        return free_port()
    return port_from_environment("MONGODB_PORT", default or DATABASE_PORT)


def _start_airflow_database(folder: DataFolder, supervisor: Supervisor, console: Console) -> str | None:
    """Start PostgreSQL for Airflow and return its URI; if it cannot run, print a warning and return None."""
    if not postgres.can_run():
        console.print(
            "Airflow uses SQLite, because PostgreSQL cannot run as root on this system. A backfill may fail "
            "with «database is locked»; start the backfill again, or run make as an ordinary user."
        )
        return None
    supervisor.start(postgres.part(folder, port := free_port()))
    supervisor.wait_until_healthy()
    return postgres.uri(folder, port)


def _summary(folder: DataFolder, uri: str, api_port: int, airflow_port: int | None) -> Table:
    table = Table(title="Todo API with Insights", show_header=False, title_justify="left", min_width=60)
    table.add_row("Start page", f"http://localhost:{api_port}")
    table.add_row("Insights", f"http://localhost:{api_port}/insights")
    table.add_row("Swagger UI", f"http://localhost:{api_port}/docs")
    if first_run.has_sample_data(folder):
        email, password = first_run.sample_login()
        table.add_row("  sample user", email)
        table.add_row("  password", password)
    if airflow_port is not None:
        table.add_row("Airflow UI", f"http://localhost:{airflow_port}")
        table.add_row("  user", airflow.USER)
        table.add_row("  password", airflow.password(folder))
    table.add_row("Database", uri)
    table.add_row("Data and logs", str(folder.path))
    table.add_row("Lake", folder.lake_uri)
    reports = _reports_folder(folder)
    if airflow_port is not None and reports and any(reports.glob("dt=*/report.html")):
        table.add_row("Team report", f"http://localhost:{api_port}/report")
    else:
        table.add_row("Team report", "make report")
    table.add_row("If something fails", "make top; docs/runbooks/README.md")
    table.add_row("Stop", "Ctrl-C")
    return table


def _reports_folder(folder: DataFolder) -> Path | None:
    """Return the folder of the team reports in the lake, or None if the lake is not on this machine."""
    if not folder.lake_uri.startswith("file://"):
        return None
    return Path(unquote(urlsplit(folder.lake_uri).path)) / "gold" / "reports"
