"""The stacks of an environment: `python -m cloudformation synth|graph|plan|deploy|destroy|drift|outputs`."""

import argparse
import json
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any

import boto3
from botocore.config import Config
from rich.console import Console
from rich.text import Text

from cloudformation import commands, picture, synth
from cloudformation.account.stack import Site
from cloudformation.errors import FORESEEN, explained
from cloudformation.progress import Progress
from cloudformation.settings import ENVIRONMENTS
from cloudformation.stacks import STACKS, render

ROOT = Path(__file__).resolve().parents[1]
TEMPLATES = ROOT / "cloudformation" / "templates"
PICTURE = ROOT / "docs" / "stacks.svg"
STOPPED = (
    "Stopped here, but AWS goes on with what was begun:\n"
    "  aws cloudformation describe-stacks --query 'Stacks[].[StackName,StackStatus]'\n"
    "The same command given again waits for that and goes on from there."
)
INTERRUPTED = 130


@dataclass(frozen=True)
class World:
    """What commands work with: an account, the clock, the operator, and the checkout that is deployed."""

    client: Callable[[str], Any]
    sleep: Callable[[float], None]
    now: Callable[[], datetime]
    console: Console
    root: Path = ROOT

    def site(self, environment: str) -> Site:
        """Return one environment in this account, with its templates."""
        templates = {path.stem: json.loads(text) for path, text in render([environment]).items()}
        progress = Progress(self.console, self.now)
        return Site(ENVIRONMENTS[environment], templates, self.client, self.sleep, progress, self.root)


def aws() -> World:
    """Return the account that the variables and files of AWS name."""
    return World(_clients(), time.sleep, lambda: datetime.now(UTC), Console())


def main(arguments: Sequence[str], directory: Path = TEMPLATES, world: Callable[[], World] = aws) -> int:
    """Run one command and return its exit code: 0, or 1 when somebody has to look at something."""
    options, console = _parser().parse_args(arguments), Console()
    try:
        if options.command == "synth":
            return _synth(options, directory)
        if options.command == "graph":
            return _graph(options)
        here = world()
        console = here.console
        code: int = options.run(here.site(options.env), options, console.input)
    except FORESEEN as error:
        console.print(Text(explained(error), "bold red"), soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        console.print(Text(STOPPED, "bold yellow"), soft_wrap=True)
        return INTERRUPTED
    return code


def _clients() -> Callable[[str], Any]:
    """Return clients by the name of their service; one is made at a time, which threads must not do."""
    session, lock, made = boto3.Session(), Lock(), dict[str, Any]()
    config = Config(retries={"mode": "adaptive", "max_attempts": 10})

    def client(service: str) -> Any:
        with lock:
            if service not in made:
                made[service] = session.client(service, config=config)
            return made[service]

    return client


def _synth(options: argparse.Namespace, directory: Path) -> int:
    rendered = render([options.env] if options.env else ENVIRONMENTS)
    if options.check:
        return _check(rendered, directory)
    for outcome, path in synth.write(rendered, directory):
        sys.stdout.write(f"{outcome:>9}  {path.as_posix()}\n")
    return 0


def _check(rendered: dict[Path, str], directory: Path) -> int:
    differences = list(synth.stale(rendered, directory))
    if not differences:
        sys.stdout.write(f"{len(rendered)} templates are what the code renders\n")
        return 0
    sys.stdout.writelines(differences)
    sys.stderr.write(f"{len(differences)} stale; `python -m cloudformation synth` writes them anew\n")
    return 1


def _graph(options: argparse.Namespace) -> int:
    drawn = picture.draw(render(ENVIRONMENTS))
    if not options.check:
        options.to.write_text(drawn, encoding="utf-8")
        return 0
    if options.to.exists() and options.to.read_text(encoding="utf-8") == drawn:
        sys.stdout.write(f"{options.to.name} shows the templates\n")
        return 0
    sys.stderr.write(f"{options.to.name} is stale; `python -m cloudformation graph` draws it anew\n")
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m cloudformation", description=__doc__)
    parsers = parser.add_subparsers(dest="command", required=True)
    command = parsers.add_parser("synth", help="write the templates of all stacks")
    command.add_argument("--env", choices=sorted(ENVIRONMENTS), help="one environment (default: every one)")
    command.add_argument("--check", action="store_true", help="write nothing; show what is stale and exit 1")
    command = parsers.add_parser("graph", help="draw all stacks, and who reads what")
    command.add_argument("--to", type=Path, default=PICTURE, metavar="FILE", help="default: docs/stacks.svg")
    command.add_argument("--check", action="store_true", help="write nothing; exit 1 when it is stale")
    for name in ("plan", "deploy", "destroy", "drift", "outputs"):
        run = getattr(commands, name)
        command = parsers.add_parser(name, help=run.__doc__, description=run.__doc__)
        command.add_argument("--env", choices=sorted(ENVIRONMENTS), required=True)
        command.set_defaults(run=run)
        if name in ("plan", "deploy"):
            _add_wishes(command)
    parsers.choices["destroy"].add_argument("--yes", action="store_true", help="ask nothing (not in prod)")
    parsers.choices["outputs"].add_argument("--json", action="store_true", help="for programs")
    return parser


def _address(text: str) -> str:
    """Take an address for alerts, or '' for nobody; what AWS mails to a mistyped one reaches nobody."""
    if text and not re.fullmatch(r"[^@\s]+@[^@\s]+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no address: give one like you@example.com")
    return text


def _add_wishes(command: argparse.ArgumentParser) -> None:
    command.add_argument("--stack", choices=STACKS, default="", help="this stack alone")
    command.add_argument(
        "--alert-email", type=_address, help="who gets alerts; as before if not given, '' for nobody"
    )
    command.add_argument("--certificate", help="ARN of the API's certificate; as before if not given")
    command.add_argument("--upgrade-platform", action="store_true", help="take Beanstalk's newest platform")
    command.add_argument(
        "--despite-alarms", action="store_true", help="alarms undo nothing: for a fix in prod"
    )
    command.add_argument("--allow-replace", action="store_true", help="even if data goes with it")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
