"""`flask users …`: support for single users."""

import click
from flask import Blueprint
from marshmallow import ValidationError
from rich.console import Console

from webapp.auth.schemas import NewPassword
from webapp.core.errors import TodoError
from webapp.http.context import service
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
