"""`flask users …`: set the password of a user, and normalize stored text."""

import click
from flask import Blueprint
from marshmallow import ValidationError
from pymongo.errors import PyMongoError
from rich.console import Console
from rich.progress import track

from webapp.auth.schemas import NewPassword
from webapp.core.errors import TodoError
from webapp.http.context import service, services
from webapp.normalization import NormalizationReport, Normalizer
from webapp.startup import Startup
from webapp.users.store import UserStore

blueprint = Blueprint("user-commands", __name__, cli_group="users")


@blueprint.cli.command("set-password")
@click.argument("email")
@click.password_option(help="The new password; without this option the command prompts for it.")
def set_password(email: str, password: str) -> None:
    """Give the user with this address a new password, and end all their sessions."""
    try:
        chosen = NewPassword().deserialize(password)
        service(UserStore).set_password(email, chosen)
    except ValidationError as error:
        raise click.ClickException(" ".join(map(str, error.messages))) from error
    except TodoError as error:
        raise click.ClickException(error.detail) from error
    Console().print("The password is set, and all sessions of the user have ended.")


@blueprint.cli.command("normalize")
def normalize() -> None:
    """Normalize the addresses, tags, categories and other text that earlier releases stored.

    Run this command once after an upgrade, while the API serves requests. If the command is interrupted, run
    it again.
    """
    try:
        service(Startup).run_once()
        normalizer = Normalizer(services())
        for user_id in track(normalizer.user_ids(), "Normalizing users", console=Console(stderr=True)):
            normalizer.normalize(user_id)
    except PyMongoError as error:
        raise click.ClickException(f"The database failed: {error}. Run the command again.") from error
    _show(normalizer.report)
    if normalizer.report.collisions:
        raise click.exceptions.Exit(1)


def _show(report: NormalizationReport) -> None:
    console = Console(soft_wrap=True, highlight=False)
    console.print(
        f"Checked {report.users:,} users and {report.tasks:,} tasks: rewrote {report.changed_users:,} users "
        f"and {report.changed_tasks:,} tasks, moved {report.moved_claims:,} addresses, "
        f"and reindexed {report.reindexed_tasks:,} tasks."
    )
    for user_id, holder_id in report.collisions:
        console.print(
            f"User {user_id} has the same address as user {holder_id} and cannot log in. "
            "Ask the user who can log in to change the address or to delete the account, "
            "then run this command again."
        )
