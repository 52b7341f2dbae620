"""The command line: `python -m cloudformation synth|graph|plan|deploy|destroy|drift|outputs`."""

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
from cloudformation.account.stack import Environment
from cloudformation.errors import EXPECTED_ERRORS, explain
from cloudformation.progress import Progress
from cloudformation.settings import ENVIRONMENTS
from cloudformation.stacks import STACKS, render

ROOT = Path(__file__).resolve().parents[1]
TEMPLATES = ROOT / "cloudformation" / "templates"
PICTURE = ROOT / "docs" / "stacks.svg"
STOPPED = (
    "This command has stopped, but AWS continues the operations that it started:\n"
    "  aws cloudformation describe-stacks --query 'Stacks[].[StackName,StackStatus]'\n"
    "Run the same command again: it waits for these operations and then continues."
)
EXIT_INTERRUPTED = 130


@dataclass(frozen=True)
class Context:
    """What a command needs: AWS clients, the clock, the console, and the root of the checkout to deploy."""

    client: Callable[[str], Any]
    sleep: Callable[[float], None]
    now: Callable[[], datetime]
    console: Console
    root: Path = ROOT

    def environment(self, name: str) -> Environment:
        """Return the environment dev or prod with its templates."""
        templates = {path.stem: json.loads(text) for path, text in render([name]).items()}
        progress = Progress(self.console, self.now)
        return Environment(ENVIRONMENTS[name], templates, self.client, self.sleep, progress, self.root)


def aws_context() -> Context:
    """Return a context for the account of the AWS configuration: environment variables and files."""
    return Context(_create_clients(), time.sleep, lambda: datetime.now(UTC), Console())


def main(
    arguments: Sequence[str],
    directory: Path = TEMPLATES,
    create_context: Callable[[], Context] = aws_context,
) -> int:
    """Run one command and return its exit code: 0 for success, 1 if an operator has to act, 130 on Ctrl-C."""
    options, console = _parser().parse_args(arguments), Console()
    try:
        if options.command == "synth":
            return _synth(options, directory)
        if options.command == "graph":
            return _graph(options)
        context = create_context()
        console = context.console
        code: int = options.run(context.environment(options.env), options, console.input)
    except EXPECTED_ERRORS as error:
        console.print(Text(explain(error), "bold red"), soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        console.print(Text(STOPPED, "bold yellow"), soft_wrap=True)
        return EXIT_INTERRUPTED
    return code


def _create_clients() -> Callable[[str], Any]:
    """Return a function from a service's name to its client.

    It creates one client at a time: a boto3 session is not thread-safe.
    https://docs.aws.amazon.com/boto3/latest/guide/session.html
    """
    session, lock, clients = boto3.Session(), Lock(), dict[str, Any]()
    config = Config(retries={"mode": "adaptive", "max_attempts": 10})

    def client(service: str) -> Any:
        with lock:
            if service not in clients:
                clients[service] = session.client(service, config=config)
            return clients[service]

    return client


def _synth(options: argparse.Namespace, directory: Path) -> int:
    rendered = render([options.env] if options.env else ENVIRONMENTS)
    if options.check:
        return _check(rendered, directory)
    for outcome, path in synth.write(rendered, directory):
        sys.stdout.write(f"{outcome:>9}  {path.as_posix()}\n")
    return 0


def _check(rendered: dict[Path, str], directory: Path) -> int:
    differences = list(synth.find_differences(rendered, directory))
    if not differences:
        sys.stdout.write(f"{len(rendered)} templates are up to date\n")
        return 0
    sys.stdout.writelines(differences)
    sys.stderr.write(f"{len(differences)} stale; run `python -m cloudformation synth`\n")
    return 1


def _graph(options: argparse.Namespace) -> int:
    drawn = picture.draw(render(ENVIRONMENTS))
    if not options.check:
        options.to.write_text(drawn, encoding="utf-8")
        return 0
    if options.to.exists() and options.to.read_text(encoding="utf-8") == drawn:
        sys.stdout.write(f"{options.to.name} is up to date\n")
        return 0
    sys.stderr.write(f"{options.to.name} is stale; run `python -m cloudformation graph`\n")
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m cloudformation", description=__doc__)
    parsers = parser.add_subparsers(dest="command", required=True)
    command = parsers.add_parser("synth", help="write the templates of all stacks")
    command.add_argument("--env", choices=sorted(ENVIRONMENTS), help="one environment (default: all)")
    command.add_argument(
        "--check",
        action="store_true",
        help="write nothing; print the differences and exit 1 if a file is stale",
    )
    command = parsers.add_parser("graph", help="draw the stacks and the values that they pass on")
    command.add_argument("--to", type=Path, default=PICTURE, metavar="FILE", help="default: docs/stacks.svg")
    command.add_argument("--check", action="store_true", help="write nothing; exit 1 if the file is stale")
    for name in ("plan", "deploy", "destroy", "drift", "outputs"):
        run = getattr(commands, name)
        command = parsers.add_parser(name, help=run.__doc__, description=run.__doc__)
        command.add_argument("--env", choices=sorted(ENVIRONMENTS), required=True)
        command.set_defaults(run=run)
        if name in ("plan", "deploy"):
            _add_deploy_options(command)
    parsers.choices["destroy"].add_argument(
        "--yes", action="store_true", help="do not ask for confirmation (not in prod)"
    )
    parsers.choices["outputs"].add_argument("--json", action="store_true", help="print JSON")
    return parser


def _email_address(text: str) -> str:
    """Return the email address for alerts, or '' for none; raise ArgumentTypeError if it is malformed."""
    if text and not re.fullmatch(r"[^@\s]+@[^@\s]+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not an email address, such as you@example.com")
    return text


def _add_deploy_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--stack", choices=STACKS, default="", help="deploy only this stack")
    command.add_argument(
        "--alert-email",
        type=_email_address,
        help="email address for alerts, '' for none (default: unchanged)",
    )
    command.add_argument("--certificate", help="ARN of the API's certificate (default: unchanged)")
    command.add_argument(
        "--upgrade-platform", action="store_true", help="deploy on the newest platform of Beanstalk"
    )
    command.add_argument(
        "--despite-alarms", action="store_true", help="do not roll back on alarms: for a fix in prod"
    )
    command.add_argument(
        "--allow-replace", action="store_true", help="replace or delete resources that hold data"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
