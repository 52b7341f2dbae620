"""The context of a request: the services of its application, and the signed-in user."""

from typing import TypeVar

from flask import Flask, current_app
from flask_jwt_extended import get_jwt_identity

from webapp.core.registry import Services

EXTENSION = "todo"

T = TypeVar("T")


def init_app(app: Flask, services: Services) -> None:
    """Attach its services to an application."""
    app.extensions[EXTENSION] = services


def services(app: Flask | None = None) -> Services:
    """Return the services of an application; by default of the one that serves the current request."""
    found: Services = (app or current_app).extensions[EXTENSION]
    return found


def service(kind: type[T]) -> T:
    """Return the service of this type; raises LookupError when the application has none."""
    return services().get(kind)


def current_user_id() -> str:
    """Return the id of the signed-in user; views that call this function carry `login_required`."""
    return str(get_jwt_identity())
