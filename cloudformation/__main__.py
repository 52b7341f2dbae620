"""The command line: `python -m cloudformation synth|graph`. Sceptre deploys the stacks (docs/deploy.md)."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from cloudformation import graph, synth
from cloudformation.settings import ENVIRONMENTS
from cloudformation.stacks import render

ROOT = Path(__file__).resolve().parents[1]
TEMPLATES = ROOT / "cloudformation" / "templates"
PICTURE = ROOT / "docs" / "stacks.md"


def main(arguments: Sequence[str], directory: Path = TEMPLATES) -> int:
    """Run one command and return its exit code: 1 if a generated file is stale, else 0."""
    options = _parser().parse_args(arguments)
    if options.command == "graph":
        return _graph(options.to, check=options.check)
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
    sys.stderr.write(f"stale templates: {len(differences)}; run `python -m cloudformation synth`\n")
    return 1


def _graph(path: Path, *, check: bool) -> int:
    page = graph.page(graph.read(render(["prod"])))
    if not check:
        path.write_text(page, encoding="utf-8")
        return 0
    if path.exists() and path.read_text(encoding="utf-8") == page:
        sys.stdout.write(f"{path.name} is up to date\n")
        return 0
    sys.stderr.write(f"{path.name} is stale; run `python -m cloudformation graph`\n")
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
    command = parsers.add_parser("graph", help="write the diagram of the stacks")
    command.add_argument("--to", type=Path, default=PICTURE, metavar="FILE", help="default: docs/stacks.md")
    command.add_argument("--check", action="store_true", help="write nothing; exit 1 if the file is stale")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
