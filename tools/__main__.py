"""`python -m tools COMMAND`: the commands that `make` calls."""

import os
import signal
import subprocess
import sys
from types import FrameType

from rich.console import Console
from rich.markup import escape

from tools import ToolError
from tools.commands import COMMANDS, UsageError, command_line, usage
from tools.data_folder import ROOT, DataFolder

USAGE = f"""usage: python -m tools run                       start database, API and Airflow
       python -m tools api                       start database and API
       python -m tools exec -- COMMAND ...       run a command with the database and the lake
       python -m tools airflow -- ARGUMENT ...   Airflow's command line, for the Airflow that `run` started
       python -m tools COMMAND                   {", ".join(COMMANDS)}; see make help"""


# The modules of a command are imported only when the command runs, so that `make query` starts quickly.


def main(arguments: list[str]) -> int:
    """Run the command in the arguments; returns its exit status."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        return _run_command(arguments, Console())
    except ToolError as error:
        Console(stderr=True).print(
            f"[bold red]Error:[/] {escape(str(error))}", highlight=False, soft_wrap=True
        )
        return 2 if isinstance(error, UsageError) else 1
    except KeyboardInterrupt:
        return 130


def _run_command(arguments: list[str], console: Console) -> int:
    match arguments:
        case ["run"]:
            from tools.product import run_all

            return run_all(DataFolder.chosen(), console)
        case ["api"]:
            from tools.product import run_api

            return run_api(DataFolder.chosen(), console)
        case ["exec", "--", *command] if command:
            return _run_with_database(DataFolder.from_environment(), command)
        case ["airflow", "--"]:
            raise UsageError(f"ARGS is empty.\n{usage('airflow')}")
        case ["airflow", "--", *command]:
            return _run_airflow_command(DataFolder.from_environment(), command)
        case [name] if name in COMMANDS:
            return _run_make_command(name, console)
    console.print(USAGE, highlight=False, markup=False)
    return 2


def _run_make_command(name: str, console: Console) -> int:
    line, command = command_line(name), COMMANDS[name]
    if command.creates_data:
        from tools.product import create_folder

        create_folder(folder := DataFolder.chosen(), console)
    else:
        folder = DataFolder.from_environment()
    if command.needs_database:
        return _run_with_database(folder, line)
    return _run(line, folder.environment(mongodb_uri=""))


def _run_with_database(folder: DataFolder, command: list[str]) -> int:
    """Run a command with the database of the data folder; start the database for the command if necessary."""
    from tools.services import database

    with database.available_database(folder) as uri:
        return _run(command, folder.environment(uri))


def _run_airflow_command(folder: DataFolder, arguments: list[str]) -> int:
    from tools.services import airflow, database

    with database.available_database(folder) as uri:
        return airflow.run_command(folder, folder.environment(uri), arguments)


def _run(command: list[str], env: dict[str, str]) -> int:
    return subprocess.run(command, env=env, cwd=ROOT, check=False).returncode


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Raise KeyboardInterrupt; without this handler, background processes of a shell ignore SIGINT."""
    if number == signal.SIGHUP:
        # After SIGHUP the terminal is closed, and writing to it would fail.
        for descriptor in (1, 2):
            os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)
    raise KeyboardInterrupt


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main(sys.argv[1:]))
