"""`flask changes …`: what an operator can do with the log."""

from flask import Blueprint, current_app
from rich.console import Console

from webapp.changes.repair import sweep
from webapp.rooms import rooms

blueprint = Blueprint("changes", __name__, cli_group="changes")


@blueprint.cli.command("repair")
def repair() -> None:
    """Roll forward every committed change that its task or user does not show yet, and finish erasures."""
    console = Console()
    here = rooms(current_app)
    total = here.database.changes.estimated_document_count()
    with console.status(f"Checking {total:,} changes"):
        result = sweep(here.database, here.log)
    console.print(f"Checked {result.checked:,} changes, rolled {result.repaired:,} forward.")
    if finished := here.eraser.finish_all():
        console.print(f"Finished {finished:,} erasures.")
