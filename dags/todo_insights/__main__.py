"""The pipeline without Airflow: process hours, compact days, maintain, query and export the lake."""

import argparse
import logging
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from .core.errors import HourError, InsightsError, QueryError, SettingsError
from .core.hours import Hour, hours_between
from .core.logs import LogEntry, configure
from .core.settings import Settings

logger = logging.getLogger(__package__)

_USAGE_ERRORS = (HourError, QueryError, SettingsError)
# The exit code of a command that Ctrl-C stopped.
_INTERRUPTED = 130
_HOURS, _DAYS = ("hour", "2026-11-20T00"), ("day", "2026-11-20")

Command = Callable[[argparse.Namespace, Settings, datetime], int]


def main(arguments: list[str]) -> int:
    """Run one command; returns its exit code: 0 for success, 1 for failure, 2 for invalid arguments."""
    options = _parser().parse_args(arguments)
    errors = Console(stderr=True)
    try:
        configure(os.environ.get("LOG_FORMAT") or "text", sys.stderr)
        code: int = options.execute(options, Settings.from_environment(os.environ), datetime.now(UTC))
        return code
    except InsightsError as error:
        kind = {"error": type(error).__name__}
        logger.error(LogEntry("command failed", options.command, status="error", metadata=kind))
        errors.print(f"[bold red]Error:[/] {escape(str(error))}", soft_wrap=True, highlight=False)
        return 2 if isinstance(error, _USAGE_ERRORS) else 1
    except BrokenPipeError:
        # The program that reads the output, such as `head`, has closed the pipe. Without this line, Python
        # would flush stdout at exit and raise the error again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        errors.print("stopped; every hour is either published as a whole or untouched")
        return _INTERRUPTED


# Each command imports its libraries only when it runs: importing pandas takes two seconds, and a query does
# not need pandas.


def _run(options: argparse.Namespace, settings: Settings, now: datetime) -> int:
    chosen = _chosen(options)
    if chosen and chosen[-1].start > now:
        raise HourError(
            f"the hour {chosen[-1]} has not begun; --to may be at most the hour after the current hour"
        )
    from .cli.run import run

    return run(chosen, settings, now)


def _compact(options: argparse.Namespace, settings: Settings, now: datetime) -> int:
    from .cli.compact import compact

    _check_range(options)
    return compact(options.first, options.end, settings, now)


def _maintain(options: argparse.Namespace, settings: Settings, now: datetime) -> int:
    from .cli.maintain import maintain

    return maintain(settings, now)


def _recover(options: argparse.Namespace, settings: Settings, now: datetime) -> int:
    from .cli.recover import recover

    return recover(settings, now)


def _query(options: argparse.Namespace, settings: Settings, now: datetime) -> int:
    from .cli.imports import without

    with without("pandas"):
        from .cli.query import answer

    return answer(options.sql, options.format, settings)


def _report(options: argparse.Namespace, settings: Settings, now: datetime) -> int:
    from .cli.imports import without

    with without("pandas"):
        from .cli.report import report

    _check_range(options)
    return report(options.first, options.end, None if options.to_gold else options.output, settings, now)


def _status(options: argparse.Namespace, settings: Settings, now: datetime) -> int:
    from .cli.status import show

    return show(_chosen(options), settings, now)


def _changes(options: argparse.Namespace, settings: Settings, now: datetime) -> int:
    from .cli.changes import write

    return write(Hour.parse(options.after) if options.after else None, settings)


def _check_range(options: argparse.Namespace) -> None:
    if (options.first is None) != (options.end is None):
        raise HourError("give both --from and --to (with make: FROM= and TO=), or neither")


def _chosen(options: argparse.Namespace) -> list[Hour]:
    _check_range(options)
    if options.first is None:
        return []
    return list(hours_between(Hour.parse(options.first), Hour.parse(options.end)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m todo_insights", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")

    def command(name: str, execute: Command, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text)
        added.set_defaults(execute=execute)
        return added

    _add_range(command("run", _run, "process hours; without a range, all hours that are not final"), _HOURS)
    _add_range(command("compact", _compact, "compact days of Gold; without a range, all due days"), _DAYS)
    command("maintain", _maintain, "remove superseded files, check catalog and files, print a report")
    command("recover", _recover, "recover a lost catalog from the files of the lake")
    asker = command("query", _query, "run one SELECT in Athena's dialect")
    asker.add_argument("sql", metavar="SQL")
    asker.add_argument("--format", choices=("table", "json", "csv"), default="table")
    reporter = command("report", _report, "write the team report; default: the 28 days before today")
    _add_range(reporter, _DAYS)
    reporter.add_argument(
        "--output", metavar="FILE", type=Path, default=Path("report.html"), help="the HTML file to write"
    )
    reporter.add_argument(
        "--to-gold",
        action="store_true",
        help="write today's report to Gold, as the daily DAG does; --from, --to and --output have no effect",
    )
    _add_range(command("status", _status, "show which hours are published, provisional or missing"), _HOURS)
    giver = command("changes", _changes, "write the changes of all published hours as BSON")
    giver.add_argument("--after", metavar="HOUR", help="write only the hours after this hour")
    return parser


def _add_range(command: argparse.ArgumentParser, words: tuple[str, str]) -> None:
    unit, example = words
    command.add_argument(
        "--from", dest="first", metavar=unit.upper(), help=f"first {unit}, like {example} (UTC)"
    )
    command.add_argument("--to", dest="end", metavar=unit.upper(), help=f"the {unit} after the last {unit}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
