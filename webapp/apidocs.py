"""`python -m webapp.apidocs write | check`: the document as a file, so that its changes show in review."""

import json
from pathlib import Path
from typing import Any

import click
from flask import Flask
from rich.console import Console

from webapp.app import create_app
from webapp.core.database import connect
from webapp.core.settings import Settings

DOCUMENT = Path(__file__).parents[1] / "docs" / "openapi.json"


@click.group()
def commands() -> None:
    """The OpenAPI document of this code; needs no database and no settings."""


@commands.command()
@click.argument("file", type=click.Path(path_type=Path), default=DOCUMENT)
def write(file: Path) -> None:
    """Write the document to a file  [docs/openapi.json]."""
    file.write_text(render())
    Console().print(f"Wrote {file}.")


@commands.command()
@click.argument("file", type=click.Path(path_type=Path), default=DOCUMENT)
def check(file: Path) -> None:
    """Fail if a file is not the document of this code  [docs/openapi.json]."""
    if not file.exists() or file.read_text() != render():
        raise click.ClickException(f"{file} is stale. Renew it with: make fix")


def render() -> str:
    """The document as text: the same for the same code, whatever the environment is."""
    settings = Settings(jwt_secret="-" * 32, mongodb_uri="mongodb://localhost/?connect=false")
    app = create_app(settings, connect(settings))
    return json.dumps(document_of(app), indent=2, ensure_ascii=False) + "\n"


def document_of(app: Flask) -> dict[str, Any]:
    """The OpenAPI document of an application made by `create_app`."""
    found: dict[str, Any] = app.extensions["flask-smorest"]["apis"][""]["ext_obj"].document
    return found


if __name__ == "__main__":
    commands()
