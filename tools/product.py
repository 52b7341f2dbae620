"""The supervisor: starts the parts in order, shows where they are, and stops them in reverse."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from rich.console import Console
from rich.table import Table

from tools import airflow, api, database, first_start, postgres
from tools.places import DataFolder
from tools.ports import chosen_port, free_port, require_distinct
from tools.processes import Service

API_PORT, DATABASE_PORT, AIRFLOW_PORT = 8000, 27017, 8080
AIRFLOW_SECONDS = 180
Ends = list[Service]


def serve_everything(folder: DataFolder, console: Console) -> None:
    """Run database, API and Airflow until Ctrl-C; the first start fills in sample activity."""
    api_port, airflow_port = chosen_port("PORT", API_PORT), chosen_port("AIRFLOW_PORT", AIRFLOW_PORT)
    require_distinct(PORT=api_port, AIRFLOW_PORT=airflow_port, MONGODB_PORT=_database_port(DATABASE_PORT))
    with _running(folder, console) as (services, stack):
        uri = _start_database(folder, services, stack, console, default=DATABASE_PORT)
        env = folder.environment(uri)
        begun = first_start.remember(folder)
        metadata = _start_airflow_database(folder, services, console)
        setup = airflow.Setup(airflow_port, begun.airflow_start_date, metadata)
        # First, so that the DAGs that look after the lake do not find it half full.
        first_start.fill_once(folder, env, console)
        services.append(scheduler := airflow.start(folder, env, setup))
        services.append(web := api.start(folder, env, api_port))
        with console.status("Starting the API"):
            web.wait_until(lambda: api.is_ready(api_port), seconds=30)
        with console.status("Starting Airflow (its first start takes about a minute)"):
            scheduler.wait_until(lambda: airflow.is_ready(airflow_port), AIRFLOW_SECONDS)
        console.print(_overview(folder, uri, api_port, airflow_port))
        _watch(services)


def serve_api(folder: DataFolder, console: Console) -> None:
    """Run database and API until Ctrl-C."""
    api_port = chosen_port("PORT", API_PORT)
    require_distinct(PORT=api_port, MONGODB_PORT=_database_port(None))
    with _running(folder, console) as (services, stack):
        uri = _start_database(folder, services, stack, console, default=None)
        services.append(web := api.start(folder, folder.environment(uri), api_port))
        web.wait_until(lambda: api.is_ready(api_port), seconds=30)
        console.print(_overview(folder, uri, api_port, airflow_port=None))
        _watch(services)


@contextmanager
def _running(folder: DataFolder, console: Console) -> Iterator[tuple[Ends, ExitStack]]:
    """Hold the folder while the services run; whatever happens, stop them in reverse order."""
    services: Ends = []
    with folder.locked(), ExitStack() as stack:
        try:
            yield services, stack
        except KeyboardInterrupt:
            console.print()
        finally:
            # Stopping takes some seconds; whoever presses Ctrl-C again must not stop the stopping.
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)
            for service in reversed(services):
                with console.status(f"Stopping {service.name}"):
                    service.stop()
            if services:
                console.print("Stopped. Everything that was acknowledged is kept.")


def _start_database(
    folder: DataFolder, services: Ends, stack: ExitStack, console: Console, default: int | None
) -> str:
    """Use the database of MONGODB_URI, or start the embedded one and note its port for other commands."""
    if given := os.environ.get("MONGODB_URI"):
        return given
    port = _database_port(default)
    with console.status("Starting the database"):
        services.append(database.start(folder, port))
    folder.database_port_file.write_text(str(port))
    stack.callback(folder.database_port_file.unlink, missing_ok=True)
    return database.uri(port)


def _database_port(default: int | None) -> int:
    """The port of MONGODB_PORT, else the default, else any that is free; unused when MONGODB_URI is set."""
    if os.environ.get("MONGODB_URI") or (default is None and not os.environ.get("MONGODB_PORT")):
        return free_port()
    return chosen_port("MONGODB_PORT", default or DATABASE_PORT)


def _start_airflow_database(folder: DataFolder, services: Ends, console: Console) -> str | None:
    """Start the database that Airflow keeps its state in; None where it cannot run, which is said."""
    if not postgres.is_possible():
        console.print(
            "Airflow uses SQLite: PostgreSQL does not run as root here. A backfill may stop with "
            "«database is locked»; then start it again, or run make as an ordinary user."
        )
        return None
    with console.status("Starting Airflow's database"):
        services.append(postgres.start(folder, port := free_port()))
    return postgres.uri(folder, port)


def _overview(folder: DataFolder, uri: str, api_port: int, airflow_port: int | None) -> Table:
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


def _watch(services: Ends) -> None:
    while True:
        for service in services:
            service.raise_if_dead()
        time.sleep(0.5)
