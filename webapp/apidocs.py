"""Writes the OpenAPI document to a file, or checks the file: `python -m webapp.apidocs write | check`."""

import json
from pathlib import Path
from typing import Any

import click
from flask import Flask
from rich.console import Console

from webapp.app import create_app
from webapp.core.settings import Settings
from webapp.database.connection import connect

DOCUMENT = Path(__file__).parents[1] / "docs" / "openapi.json"


@click.group()
def commands() -> None:
    """Write or check the OpenAPI document; the commands need no database and no settings."""


@commands.command()
@click.argument("file", type=click.Path(path_type=Path), default=DOCUMENT)
def write(file: Path) -> None:
    """Write the OpenAPI document to a file  [docs/openapi.json]."""
    file.write_text(render())
    Console().print(f"Wrote {file}.")


@commands.command()
@click.argument("file", type=click.Path(path_type=Path), default=DOCUMENT)
def check(file: Path) -> None:
    """Fail if the file differs from the OpenAPI document of this code  [docs/openapi.json]."""
    if not file.exists() or file.read_text() != render():
        raise click.ClickException(f"{file} is out of date. Update it with: make fix")


def render() -> str:
    """Return the OpenAPI document as JSON, without the sample user that the embedded environment adds."""
    settings = Settings(
        jwt_secret="-" * 32, environment="prod", mongodb_uri="mongodb://localhost/?connect=false"
    )
    app = create_app(settings, connect(settings))
    return json.dumps(document_of(app), indent=2, ensure_ascii=False) + "\n"


def document_of(app: Flask) -> dict[str, Any]:
    """Return the OpenAPI document of an application that `create_app` built."""
    found: dict[str, Any] = app.extensions["flask-smorest"]["apis"][""]["ext_obj"].document
    return found


if __name__ == "__main__":
    commands()
