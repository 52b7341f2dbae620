"""Starts the local services in order, prints their addresses, and stops them in reverse order."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from rich.console import Console
from rich.table import Table

from tools import first_run
from tools.data_folder import DataFolder
from tools.ports import free_port, port_from_environment, require_distinct
from tools.processes import Service
from tools.services import airflow, api, database, postgres

API_PORT, DATABASE_PORT, AIRFLOW_PORT = 8000, 27017, 8080
AIRFLOW_SECONDS = 180


def run_all(folder: DataFolder, console: Console) -> None:
    """Run database, API and Airflow until Ctrl-C; the first run in a folder creates sample activity."""
    api_port = port_from_environment("PORT", API_PORT)
    airflow_port = port_from_environment("AIRFLOW_PORT", AIRFLOW_PORT)
    require_distinct(PORT=api_port, AIRFLOW_PORT=airflow_port, MONGODB_PORT=_database_port(DATABASE_PORT))
    with _managed_services(folder, console) as (services, stack):
        uri = _start_database(folder, services, stack, console, default=DATABASE_PORT)
        env = folder.environment(uri)
        state = first_run.load_or_create(folder)
        metadata = _start_airflow_database(folder, services, console)
        options = airflow.Options(airflow_port, state.airflow_start_date, metadata)
        # Before Airflow starts: its maintenance DAGs must not run on an incomplete lake.
        first_run.create_sample_data(folder, env, console)
        services.append(scheduler := airflow.start(folder, env, options))
        services.append(web := api.start(folder, env, api_port))
        with console.status("Starting the API"):
            web.wait_until(lambda: api.is_ready(api_port), seconds=30)
        with console.status("Starting Airflow (its first start takes about a minute)"):
            scheduler.wait_until(lambda: airflow.is_ready(airflow_port), AIRFLOW_SECONDS)
        console.print(_summary(folder, uri, api_port, airflow_port))
        _watch_until_failure(services)


def run_api(folder: DataFolder, console: Console) -> None:
    """Run database and API until Ctrl-C."""
    api_port = port_from_environment("PORT", API_PORT)
    require_distinct(PORT=api_port, MONGODB_PORT=_database_port(None))
    with _managed_services(folder, console) as (services, stack):
        uri = _start_database(folder, services, stack, console, default=None)
        services.append(web := api.start(folder, folder.environment(uri), api_port))
        web.wait_until(lambda: api.is_ready(api_port), seconds=30)
        console.print(_summary(folder, uri, api_port, airflow_port=None))
        _watch_until_failure(services)


@contextmanager
def _managed_services(folder: DataFolder, console: Console) -> Iterator[tuple[list[Service], ExitStack]]:
    """Lock the folder while the services run, and stop them in reverse order even after an error."""
    services: list[Service] = []
    with folder.locked(), ExitStack() as stack:
        try:
            yield services, stack
        except KeyboardInterrupt:
            console.print()
        finally:
            # Stopping takes some seconds; a second Ctrl-C must not interrupt it.
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)
            for service in reversed(services):
                with console.status(f"Stopping {service.name}"):
                    service.stop()
            if services:
                console.print("Stopped. All acknowledged changes are stored.")


def _start_database(
    folder: DataFolder, services: list[Service], stack: ExitStack, console: Console, default: int | None
) -> str:
    """Use the database of MONGODB_URI, or start the embedded server and write its port to a file.

    Other commands read the port from the file.
    """
    if uri := os.environ.get("MONGODB_URI"):
        return uri
    port = _database_port(default)
    with console.status("Starting the database"):
        services.append(database.start(folder, port))
    folder.database_port_file.write_text(str(port))
    stack.callback(folder.database_port_file.unlink, missing_ok=True)
    return database.uri(port)


def _database_port(default: int | None) -> int:
    """Return MONGODB_PORT, else the default, else any free port; the port is unused if MONGODB_URI is set."""
    if os.environ.get("MONGODB_URI") or (default is None and not os.environ.get("MONGODB_PORT")):
        return free_port()
    return port_from_environment("MONGODB_PORT", default or DATABASE_PORT)


def _start_airflow_database(folder: DataFolder, services: list[Service], console: Console) -> str | None:
    """Start PostgreSQL for Airflow and return its URI; print a warning and return None if it cannot run."""
    if not postgres.can_run():
        console.print(
            "Airflow uses SQLite, because PostgreSQL cannot run as root on this system. A backfill may fail "
            "with «database is locked»; start it again, or run make as an ordinary user."
        )
        return None
    with console.status("Starting Airflow's database"):
        services.append(postgres.start(folder, port := free_port()))
    return postgres.uri(folder, port)


def _summary(folder: DataFolder, uri: str, api_port: int, airflow_port: int | None) -> Table:
    table = Table(title="Todo API with Insights", show_header=False, title_justify="left", min_width=60)
    table.add_row("Swagger UI", f"http://localhost:{api_port}/docs")
    if airflow_port is not None:
        table.add_row("Airflow UI", f"http://localhost:{airflow_port}")
        table.add_row("  sign in as", f"{airflow.USER}  with the password  {airflow.password(folder)}")
    table.add_row("Database", uri)
    table.add_row("Data and logs", str(folder.path))
    table.add_row("Lake", folder.lake_uri)
    table.add_row("Stop", "Ctrl-C")
    return table


def _watch_until_failure(services: list[Service]) -> None:
    while True:
        for service in services:
            service.raise_if_dead()
        time.sleep(0.5)
