"""The context of a request: the services of its application, and the signed-in user."""

from collections.abc import Callable
from typing import TypeVar

from flask import Flask, Request, current_app, g, request

from webapp.database.registry import Services

EXTENSION = "todo"
TOKEN_CHECK = "todo-tokens"  # noqa: S105  # the name of an extension

# A function that checks the token of the current request and calls `sign_in`. Its argument is True if the
# request needs a refresh token.
TokenCheck = Callable[[bool], None]

T = TypeVar("T")


def init_app(app: Flask, services: Services) -> None:
    """Attach the registry of services to an application."""
    app.extensions[EXTENSION] = services


def services(app: Flask | None = None) -> Services:
    """Return the services of an application, by default of the current application."""
    found: Services = (app or current_app).extensions[EXTENSION]
    return found


def current_request() -> Request:
    """Return the current request object, because each use of the proxy `request` costs a microsecond."""
    found: Request = request._get_current_object()  # type: ignore[attr-defined]  # a method of the proxy
    return found


def service(kind: type[T]) -> T:
    """Return the service of this class; raises LookupError when the application has none."""
    return services().get(kind)


def require_token(refresh: bool) -> None:
    """Check the token of the current request; raises Unauthorized unless it is valid."""
    check: TokenCheck = current_app.extensions[TOKEN_CHECK]
    check(refresh)


def sign_in(user_id: str) -> None:
    """Set the signed-in user of the current request."""
    g.user_id = user_id


def refuse(user_id: str) -> None:
    """Store the user id of a request that is refused before `sign_in` is called, for the request log.

    Without a valid token, the user id is the empty text.
    """
    g.refused_user_id = user_id or None


def refused_user_id() -> str | None:
    """Return the user id that `refuse` stored; None if the request was not refused or has no valid token."""
    user_id: str | None = g.get("refused_user_id")
    return user_id


def current_user_id() -> str:
    """Return the id of the signed-in user; views that call this function need `login_required`.

    Raises RuntimeError when no user is signed in.
    """
    user_id: str | None = g.get("user_id")
    if user_id is None:
        raise RuntimeError("no user is signed in")
    return user_id
