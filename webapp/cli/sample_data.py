"""`flask sample-data`: writes sample activity for a first look at the product."""

from datetime import UTC, datetime
from itertools import count

import click
from flask import Blueprint
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from webapp.core.clock import HOUR_FORMAT
from webapp.core.errors import Conflict
from webapp.http.context import service, services
from webapp.sample.runner import SampleRunner, Scenario
from webapp.sample.timeline import PASSWORD, SEED, email_of
from webapp.startup import Startup

blueprint = Blueprint("sample", __name__, cli_group=None)


@blueprint.cli.command("sample-data")
@click.option(
    "--users", type=click.IntRange(1, 10_000), default=50, show_default=True, help="The number of users."
)
@click.option(
    "--days", type=click.IntRange(1, 365), default=3, show_default=True, help="The number of days of history."
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    help=f"The seed of users and activity, a number.  [default: {SEED}, or the next unused number]",
)
@click.option(
    "--until",
    type=click.DateTime([HOUR_FORMAT]),
    help="The hour (UTC) at which the history ends, such as 2026-11-21T00.  [default: this hour]",
)
def sample_data(users: int, days: int, seed: int | None, until: datetime | None) -> None:
    """Write plausible activity of sample users: they register, and create, change, complete and delete tasks.

    The same options always write the same activity; running the command again completes an
    interrupted run and changes nothing else.
    """
    here = services()
    if not here.settings.embedded:
        raise click.ClickException(
            f"Sample users have a known password, so they are not allowed in {here.settings.environment!r}."
        )
    service(Startup).run_once()
    end = (until or here.clock()).replace(minute=0, second=0, microsecond=0, tzinfo=UTC)
    for number in count(SEED) if seed is None else (seed,):
        runner = SampleRunner(here.settings, here.database, Scenario(users, days, number, end))
        is_written = runner.is_written()
        try:
            if not is_written:
                _run(runner)
        except Conflict:
            continue
        console = Console(soft_wrap=True)
        if seed is None and number != SEED:
            console.print(
                f"Other sample users exist already; the users of this sample have the seed {number}."
            )
        console.print(
            f"{'This sample exists already:' if is_written else 'Wrote'} {len(runner):,} changes "
            f"by {users} user{'s' * (users > 1)} up to {end:%Y-%m-%d %H:00} UTC."
        )
        console.print(f"Log in as {email_of(number, 0)} with the password “{PASSWORD}”.")
        return
    raise click.ClickException(
        f"There are other sample users of seed {seed} already; choose another seed, "
        "or repeat the command with all options of the earlier run, including --until, to complete that run."
    )


def _run(runner: SampleRunner) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, transient=True) as progress:
        task = progress.add_task("Sample activity", total=len(runner))
        for _ in runner.run():
            progress.advance(task)
