"""`python -m tools run | api | exec | lake`: what `make` calls."""

import os
import signal
import subprocess
import sys
from types import FrameType

from rich.console import Console
from rich.markup import escape

from tools.errors import ToolError
from tools.places import ROOT, DataFolder

USAGE = """usage: python -m tools run                       database, API and Airflow
       python -m tools api                       database and API
       python -m tools exec -- COMMAND ...       a command on the database and the lake
       python -m tools lake -- COMMAND ...       a command on the lake alone
       python -m tools airflow -- ARGUMENT ...   the command line of the Airflow that `run` started"""


# Each case brings its own modules: a query on the lake does without the clients of database and Airflow.


def main(arguments: list[str]) -> int:
    """Do what the arguments say; returns the exit status."""
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGINT, _interrupt)
    console = Console()
    try:
        match arguments:
            case ["run"]:
                from tools.product import serve_everything

                serve_everything(DataFolder.chosen(), console)
            case ["api"]:
                from tools.product import serve_api

                serve_api(DataFolder.chosen(), console)
            case ["exec", "--", *command] if command:
                return _execute(DataFolder.chosen(), command)
            case ["airflow", "--", *command] if command:
                return _airflow(DataFolder.chosen(), command)
            case ["lake", "--", *command] if command:
                return _call(command, DataFolder.chosen().environment(mongodb_uri=""))
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


def _execute(folder: DataFolder, command: list[str]) -> int:
    """Run a command on the folder's database, which is started for it if it does not run yet."""
    from tools import database

    with database.at_hand(folder) as uri:
        return _call(command, folder.environment(uri))


def _airflow(folder: DataFolder, arguments: list[str]) -> int:
    from tools import airflow, database

    with database.at_hand(folder) as uri:
        return airflow.call(folder, folder.environment(uri), arguments)


def _call(command: list[str], env: dict[str, str]) -> int:
    return subprocess.run(command, env=env, cwd=ROOT, check=False).returncode


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Stop on SIGTERM just as on Ctrl-C, also when started in the background, where Ctrl-C is ignored."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main(sys.argv[1:]))
