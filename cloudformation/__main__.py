"""The command that renders the stacks: `python -m cloudformation synth`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from cloudformation import synth
from cloudformation.settings import ENVIRONMENTS
from cloudformation.stacks import render

TEMPLATES = Path(__file__).parent / "templates"


def main(arguments: Sequence[str], directory: Path = TEMPLATES) -> int:
    """Run one command; return 0, or 1 when `synth --check` finds a stale template."""
    options = _parser().parse_args(arguments)
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m cloudformation", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("synth", help="write the templates of all stacks")
    command.add_argument("--env", choices=sorted(ENVIRONMENTS), help="one environment (default: every one)")
    command.add_argument("--check", action="store_true", help="write nothing; show what is stale and exit 1")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
