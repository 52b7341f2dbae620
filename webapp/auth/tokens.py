"""Access tokens: JWT (RFC 7519), signed with HS256 and nothing else."""

from datetime import timedelta
from typing import Any

from flask import Flask, Response
from flask_jwt_extended import JWTManager, create_access_token

from webapp.errors import Unauthorized
from webapp.extensions.problems import answer
from webapp.settings import Settings


def init_app(app: Flask, settings: Settings) -> None:
    """Configure tokens, and raise our errors for bad ones."""
    app.config.update(
        JWT_SECRET_KEY=settings.jwt_secret,
        JWT_ALGORITHM="HS256",
        JWT_DECODE_ALGORITHMS=["HS256"],
        JWT_ACCESS_TOKEN_EXPIRES=timedelta(minutes=settings.access_token_minutes),
        JWT_TOKEN_LOCATION=["headers"],
    )
    manager = JWTManager(app)
    manager.unauthorized_loader(_missing)
    manager.invalid_token_loader(_invalid)
    manager.expired_token_loader(_expired)


def issue(user_id: str) -> str:
    """Make an access token for a user who just proved who they are."""
    return str(create_access_token(user_id))


def _missing(reason: str) -> Response:
    return answer(Unauthorized("Sign in first: send the header Authorization: Bearer <access_token>."))


def _invalid(reason: str) -> Response:
    return answer(Unauthorized("This access token is not valid; log in again."))


def _expired(header: dict[str, Any], payload: dict[str, Any]) -> Response:
    return answer(Unauthorized("This access token has expired; log in again."))
