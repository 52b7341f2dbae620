"""`python -m tools run | api | exec | lake | airflow`: the commands that `make` calls."""

import os
import signal
import subprocess
import sys
from types import FrameType

from rich.console import Console
from rich.markup import escape

from tools import ToolError
from tools.data_folder import ROOT, DataFolder
from tools.services import airflow, database
from tools.supervisor import run_all, run_api

USAGE = """usage: python -m tools run                       start database, API and Airflow
       python -m tools api                       start database and API
       python -m tools exec -- COMMAND ...       run a command with the database and the lake
       python -m tools lake -- COMMAND ...       run a command with the lake only
       python -m tools airflow -- ARGUMENT ...   Airflow's command line, for the Airflow that `run` started"""


def main(arguments: list[str]) -> int:
    """Run the command that the arguments name; returns its exit status."""
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGINT, _interrupt)
    console = Console()
    try:
        match arguments:
            case ["run"]:
                run_all(DataFolder.from_environment(), console)
            case ["api"]:
                run_api(DataFolder.from_environment(), console)
            case ["exec", "--", *command] if command:
                return _run_with_database(DataFolder.from_environment(), command)
            case ["airflow", "--", *command] if command:
                return _run_airflow_command(DataFolder.from_environment(), command)
            case ["lake", "--", *command] if command:
                return _run(command, DataFolder.from_environment().environment(mongodb_uri=""))
            case _:
                console.print(USAGE)
                return 2
    except ToolError as error:
        Console(stderr=True).print(
            f"[bold red]Error:[/] {escape(str(error))}", highlight=False, soft_wrap=True
        )
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _run_with_database(folder: DataFolder, command: list[str]) -> int:
    """Run a command with a database for this folder; starts one for the command if none is running."""
    with database.available_database(folder) as uri:
        return _run(command, folder.environment(uri))


def _run_airflow_command(folder: DataFolder, arguments: list[str]) -> int:
    with database.available_database(folder) as uri:
        return airflow.run_command(folder, folder.environment(uri), arguments)


def _run(command: list[str], env: dict[str, str]) -> int:
    return subprocess.run(command, env=env, cwd=ROOT, check=False).returncode


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Handle SIGTERM like Ctrl-C. A process started in the background ignores Ctrl-C without a handler."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main(sys.argv[1:]))
