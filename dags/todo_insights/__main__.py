"""The pipeline without Airflow: `run` hours, `compact` days, `maintain` or `query` the lake, see `status`."""

import argparse
import os
import sys
from datetime import UTC, datetime

from rich.console import Console
from rich.markup import escape

from .errors import HourError, InsightsError, QueryError, SettingsError
from .hours import Hour, hours_between
from .settings import Settings

_MISTAKES = (HourError, QueryError, SettingsError)
# What shells expect of a command that Ctrl-C ended.
_INTERRUPTED = 130


def main(arguments: list[str]) -> int:
    """Run one command; returns the exit code: 0 done, 1 failed, 2 asked for wrongly."""
    options = _parser().parse_args(arguments)
    errors = Console(stderr=True)
    try:
        return _execute(options, Settings.from_environment(os.environ), datetime.now(UTC))
    except InsightsError as error:
        errors.print(f"[bold red]error:[/] {escape(str(error))}", soft_wrap=True, highlight=False)
        return 2 if isinstance(error, _MISTAKES) else 1
    except BrokenPipeError:
        # Whoever read our output has had enough, as `head` does; Python would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        errors.print("stopped; every hour is either published as a whole or untouched")
        return _INTERRUPTED


def _execute(options: argparse.Namespace, settings: Settings, now: datetime) -> int:
    # Each command brings its own libraries: pandas takes two seconds, and a query does without it.
    if options.command == "query":
        from .cli.query import answer

        return answer(options.sql, options.format, settings)
    if options.command == "maintain":
        from .cli.maintain import maintain

        return maintain(settings, now)
    _both_or_neither(options)
    if options.command == "compact":
        from .cli.compact import compact

        return compact(options.first, options.end, settings, now)
    return _of_hours(options, settings, now)


def _of_hours(options: argparse.Namespace, settings: Settings, now: datetime) -> int:
    chosen = _chosen(options)
    if chosen and options.command == "run" and chosen[-1].start > now:
        raise HourError(f"{chosen[-1]} has not begun yet; --to may be at most the hour after the present one")
    if options.command == "status":
        from .cli.status import show

        return show(chosen, settings, now)
    from .cli.run import run

    return run(chosen, settings, now)


def _both_or_neither(options: argparse.Namespace) -> None:
    if (options.first is None) != (options.end is None):
        raise HourError("give both --from and --to (with make: FROM= and TO=), or neither")


def _chosen(options: argparse.Namespace) -> list[Hour]:
    if options.first is None:
        return []
    return list(hours_between(Hour.parse(options.first), Hour.parse(options.end)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m todo_insights", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    runner = commands.add_parser("run", help="process hours; without a range, all that are not yet final")
    folder = commands.add_parser("compact", help="fold days of Gold; without a range, all complete ones")
    commands.add_parser("maintain", help="remove superseded files, check catalog and files, report")
    asker = commands.add_parser("query", help="run one SELECT in Athena's dialect")
    teller = commands.add_parser("status", help="show which hours are published, provisional, missing")
    for command in (runner, teller):
        command.add_argument(
            "--from", dest="first", metavar="HOUR", help="first hour, like 2026-11-20T00 (UTC)"
        )
        command.add_argument("--to", dest="end", metavar="HOUR", help="the hour after the last")
    folder.add_argument("--from", dest="first", metavar="DAY", help="first day, like 2026-11-20 (UTC)")
    folder.add_argument("--to", dest="end", metavar="DAY", help="the day after the last")
    asker.add_argument("sql", metavar="SQL")
    asker.add_argument("--format", choices=("table", "json", "csv"), default="table")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
